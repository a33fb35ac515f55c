#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host-broker/cli/base/ask.h"
#include "host-broker/cli/base/commands.h"
#include "host-broker/cli/base/exit-codes.h"
#include "host-broker/cli/base/report.h"
#include "proto/base/signals.h"
#include "proto/broker.pb-c.h"
#include "proto/wire/message.h"

struct values {
	const char *why;
};

static const struct command_option options[] = {
	{0, "why", "TEXT", "the reason, shown by vmsilo why", OPTION_TEXT,
		offsetof(struct values, why), NULL},
	{0},
};

/* Until it is over. */
struct inhibitor {
	Vmsilo__Broker__Inhibit request;
	int broker_fd;
	int signal_fd;
	pid_t child; /* 0: there is no command */
	int status;  /* the child's */
};

/* Returns an exit code, 0 with the connection that is the inhibitor. */
static int hold(struct inhibitor *inhibitor)
{
	struct broker_answer answer;
	struct error error = {0};
	struct paths paths;

	if (paths_choose(&paths, &error) < 0 ||
		broker_ask_keep(&paths, true, FRAME_INHIBIT, &inhibitor->request.base, &answer,
			&inhibitor->broker_fd, &error) < 0)
		return report_error(&error);
	int exit_code = answer.type == FRAME_FAILURE
				? report_failure((const Vmsilo__Broker__Failure *)answer.message)
				: 0;
	message_free(answer.message);
	if (exit_code != 0)
		close(inhibitor->broker_fd);
	return exit_code;
}

/* The broker went away: its VMs run on, and the next broker must know of the inhibitor. */
static void hold_again(struct inhibitor *inhibitor)
{
	close(inhibitor->broker_fd);
	inhibitor->broker_fd = -1;
	if (hold(inhibitor) != 0)
		inhibitor->broker_fd = -1;
}

/* ---- the command ---- */

struct signals_before {
	bool int_ignored, quit_ignored;
	sigset_t mask;
};

/* With the signals as whoever started us has them. */
static _Noreturn void child_run(char **command, const struct signals_before *before)
{
	if (!before->int_ignored)
		signal(SIGINT, SIG_DFL);
	if (!before->quit_ignored)
		signal(SIGQUIT, SIG_DFL);
	const sigset_t *mask = &before->mask;
	sigprocmask(SIG_SETMASK, mask, NULL);
	execvp(command[0], command);
	int error = errno;
	fprintf(stderr, "vmsilo: %s: %s\n", command[0], strerror(error));
	_exit(error == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE);
}

/* The terminal's own signals reach the command by themselves. */
static int signals_take(
	struct inhibitor *inhibitor, bool command, struct signals_before *ret_before)
{
	sigset_t mask;

	ret_before->int_ignored = signal_is_ignored(SIGINT);
	ret_before->quit_ignored = signal_is_ignored(SIGQUIT);
	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	if (!signal_is_ignored(SIGTERM))
		sigaddset(&mask, SIGTERM);
	if (!signal_is_ignored(SIGHUP))
		sigaddset(&mask, SIGHUP);
	if (!command && !ret_before->int_ignored)
		sigaddset(&mask, SIGINT);
	sigprocmask(SIG_BLOCK, &mask, &ret_before->mask);
	inhibitor->signal_fd = signalfd(-1, &mask, SFD_CLOEXEC);
	if (!command)
		return inhibitor->signal_fd;
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	return inhibitor->signal_fd;
}

/* True when it is over. */
static bool on_signal(struct inhibitor *inhibitor)
{
	struct signalfd_siginfo info;

	if (read(inhibitor->signal_fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return false;
	if (!inhibitor->child)
		return info.ssi_signo != SIGCHLD;
	if (info.ssi_signo != SIGCHLD)
		kill(inhibitor->child, (int)info.ssi_signo);
	return waitpid(inhibitor->child, &inhibitor->status, WNOHANG) == inhibitor->child;
}

static void wait_for_end(struct inhibitor *inhibitor)
{
	for (bool over = false; !over;) {
		struct pollfd polls[] = {{.fd = inhibitor->signal_fd, .events = POLLIN},
			{.fd = inhibitor->broker_fd, .events = POLLIN}};
		if (poll(polls, 2, -1) < 0)
			continue;
		if (polls[0].revents)
			over = on_signal(inhibitor);
		if (!over && polls[1].revents)
			hold_again(inhibitor);
		/* Without a command there is nothing left to wait for. */
		if (inhibitor->broker_fd < 0 && !inhibitor->child)
			over = true;
	}
}

static int run_held(struct inhibitor *inhibitor, char **command)
{
	struct signals_before before;

	if (signals_take(inhibitor, command[0], &before) < 0) {
		fprintf(stderr, "vmsilo: signalfd: %s\n", strerror(errno));
		return EXIT_VMSILO;
	}
	if (command[0]) {
		inhibitor->child = fork();
		if (inhibitor->child == 0)
			child_run(command, &before);
		if (inhibitor->child < 0) {
			fprintf(stderr, "vmsilo: fork: %s\n", strerror(errno));
			return EXIT_VMSILO;
		}
	}
	wait_for_end(inhibitor);
	if (!inhibitor->child)
		return inhibitor->broker_fd < 0 ? EXIT_NO_BROKER : 0;
	return WIFSIGNALED(inhibitor->status) ? EXIT_SIGNAL_BASE + WTERMSIG(inhibitor->status)
					      : WEXITSTATUS(inhibitor->status);
}

static int run(int argc, char **argv)
{
	struct inhibitor inhibitor = {.request = VMSILO__BROKER__INHIBIT__INIT};
	struct values values = {.why = ""};
	char **operands;
	int exit_code = options_parse(&command_inhibit, argc, argv, &values, &operands);

	if (exit_code >= 0)
		return exit_code;
	inhibitor.request.vm = operands[0];
	inhibitor.request.why = (char *)values.why;
	exit_code = hold(&inhibitor);
	return exit_code == 0 ? run_held(&inhibitor, operands + 1) : exit_code;
}

const struct command command_inhibit = {
	.name = "inhibit",
	.summary = "keep an idle VM running",
	.operands = "VM [ARGUMENT...]",
	.text = "Keeps a running VM from being stopped as idle: while a command runs on the "
		"host\n(vmsilo inhibit VM -- COMMAND ARGUMENT...), or until interrupted. The exit "
		"code is\nthe command's. It does not start the VM.",
	.options = options,
	.run = run,
};
