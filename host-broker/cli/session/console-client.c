#include "host-broker/cli/session/console-client.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host-broker/cli/base/ask.h"
#include "host-broker/cli/base/exit-codes.h"
#include "host-broker/cli/base/report.h"
#include "host-broker/cli/session/terminal.h"
#include "proto/base/cleanup.h"
#include "proto/base/signals.h"
#include "proto/base/terminal-filter.h"
#include "proto/base/text.h"
#include "proto/broker.pb-c.h"
#include "proto/host/io-uring.h"
#include "proto/wire/message.h"

#define CHUNK_SIZE 16384

struct console_client {
	const struct console_request *request;
	int fd;
	int signal_fd;
	uint64_t replay; /* bytes that are left of what was printed before */
	struct terminal_filter before, live;
	bool reads_stdin;
	bool types;
	bool was_live;
	bool over;
	int exit_code;
};

/* ---- what it says ---- */

static void say(const struct console_client *client, const char *text)
{
	fprintf(stderr, "\r\nvmsilo: the console of \"%s\"%s\r\n", client->request->vm, text);
}

static void greet(const struct console_client *client, const Vmsilo__Broker__Descriptor *answer)
{
	char reason[1024];
	bool off = answer->state == VMSILO__BROKER__VM_STATE__VM_STOPPED ||
		   answer->state == VMSILO__BROKER__VM_STATE__VM_FAILED;

	text_escape(reason, sizeof(reason), answer->reason, strlen(answer->reason));
	if (off)
		fprintf(stderr,
			"vmsilo: \"%s\" is not running (%s%s%s); its last console output:\n",
			client->request->vm, report_state_name(answer->state),
			reason[0] ? ": " : "", reason);
	else
		fprintf(stderr,
			"vmsilo: the console of \"%s\", which is %s%s; ^] (Ctrl and ]) detaches\n",
			client->request->vm, report_state_name(answer->state),
			answer->may_write        ? ""
			: client->request->watch ? ", watching only"
						 : "; another session has the keyboard, so you "
						   "only watch (--take takes it over)");
}

static void output_lost(struct console_client *client, int error)
{
	char text[256];

	snprintf(text, sizeof(text), ": cannot write to stdout: %s", strerror(error));
	say(client, text);
	client->exit_code = EXIT_VMSILO;
}

/* ---- from the guest ---- */

static bool write_whole(const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t count = write(STDOUT_FILENO, bytes, length);
		if (count < 0 && errno == EAGAIN)
			poll(&(struct pollfd){.fd = STDOUT_FILENO, .events = POLLOUT}, 1, -1);
		else if (count < 0 && errno != EINTR)
			return false;
		bytes += count > 0 ? count : 0;
		length -= count > 0 ? (size_t)count : 0;
	}
	return true;
}

static bool show(struct terminal_filter *filter, const char *untrusted, size_t length)
{
	char text[CHUNK_SIZE + TERMINAL_SEQUENCE_MAX];

	return write_whole(text, terminal_filter(filter, untrusted, length, text));
}

static bool shown(struct console_client *client, const char *untrusted, size_t length)
{
	size_t before = length < client->replay ? length : (size_t)client->replay;

	if (before > 0) {
		if (!show(&client->before, untrusted, before))
			return false;
		client->replay -= before;
		if (client->replay == 0 && !write_whole("\x1b[m", 3))
			return false;
	}
	if (length == before)
		return true;
	client->was_live = true;
	return show(&client->live, untrusted + before, length - before);
}

static void on_console(struct console_client *client)
{
	char untrusted[CHUNK_SIZE];
	ssize_t count = recv(client->fd, untrusted, sizeof(untrusted), MSG_DONTWAIT);

	if (count < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (count > 0 && shown(client, untrusted, (size_t)count))
		return;
	client->over = true;
	if (count <= 0)
		say(client, " has ended");
	else if (errno != EPIPE)
		output_lost(client, errno);
}

/* ---- from the user ---- */

static void typed(struct console_client *client, const char *bytes, size_t length)
{
	const char *detach = memchr(bytes, CONSOLE_DETACH, length);

	if (detach) {
		client->over = true;
		length = (size_t)(detach - bytes);
	}
	if (!client->types || length == 0)
		return;
	/* Whether it is typed is the broker's to say, and whether anybody hears it, the guest's. */
	(void)!send(client->fd, bytes, length, MSG_NOSIGNAL);
}

static void on_stdin(struct console_client *client)
{
	char bytes[1024];
	ssize_t count = read(STDIN_FILENO, bytes, sizeof(bytes));

	/* Another process that shares it may have made it non-blocking. */
	if (count < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (count > 0) {
		typed(client, bytes, (size_t)count);
		return;
	}
	client->reads_stdin = false;
	if (!terminal_is_hung_up(STDIN_FILENO) || signal_is_ignored(SIGHUP))
		return;
	client->over = true;
	client->exit_code = EXIT_SIGNAL_BASE + SIGHUP;
}

static void on_signal(struct console_client *client)
{
	struct signalfd_siginfo info;

	if (read(client->signal_fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	client->exit_code = EXIT_SIGNAL_BASE + (int)info.ssi_signo;
	client->over = true;
}

/* ---- the loop ---- */

static void run(struct console_client *client)
{
	while (!client->over) {
		struct pollfd fds[] = {{.fd = client->fd, .events = POLLIN},
			{.fd = client->signal_fd, .events = POLLIN},
			{.fd = client->reads_stdin ? STDIN_FILENO : -1, .events = POLLIN}};
		if (poll(fds, 3, -1) < 0)
			continue;
		if (fds[1].revents)
			on_signal(client);
		if (fds[2].revents && !client->over)
			on_stdin(client);
		if (fds[0].revents && !client->over)
			on_console(client);
	}
}

/* The signals that end us, unless they are ignored, come as bytes, so that the terminal is put back
 * first. */
static int signals_take(void)
{
	static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (!signal_is_ignored(ends[i]))
			sigaddset(&set, ends[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

/* Takes fd. */
static int attached(
	const struct console_request *request, int fd, const Vmsilo__Broker__Descriptor *answer)
{
	_cleanup_close_ int console = fd;
	_cleanup_close_ int signals = signals_take();
	struct console_client client = {.request = request,
		.fd = console,
		.signal_fd = signals,
		.replay = answer->replay,
		.types = answer->may_write,
		.reads_stdin = true};

	terminal_filter_init(&client.before, TERMINAL_REPLAY);
	terminal_filter_init(&client.live, TERMINAL_LIVE);
	greet(&client, answer);
	terminal_raw();
	run(&client);
	if (client.was_live && isatty(STDOUT_FILENO))
		(void)write_whole(TERMINAL_RESET "\r\n", sizeof(TERMINAL_RESET) + 1);
	terminal_restore();
	return client.exit_code;
}

int console_run(const struct console_request *request)
{
	Vmsilo__Broker__Console message = VMSILO__BROKER__CONSOLE__INIT;
	struct broker_answer answer;
	struct error error = {0};

	message.vm = (char *)request->vm;
	message.watch = request->watch;
	message.take = request->take;
	int exit_code = ask(true, FRAME_CONSOLE, &message.base, FRAME_DESCRIPTOR, &answer);
	if (exit_code != 0)
		return exit_code;
	_cleanup_close_ int console = answer.session_fd;
	if (console >= 0 && io_uring_deny(&error) < 0)
		exit_code = report_error(&error);
	else if (console >= 0)
		exit_code = attached(request, steal_fd(&console),
			(const Vmsilo__Broker__Descriptor *)answer.message);
	else
		exit_code = report_unexpected(request->vm);
	message_free(answer.message);
	return exit_code;
}
