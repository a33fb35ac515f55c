#include "host-broker/cli/session/run.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/cli/base/ask.h"
#include "host-broker/cli/base/exit-codes.h"
#include "host-broker/cli/base/report.h"
#include "host-broker/cli/session/client.h"
#include "host-broker/cli/session/desktop.h"
#include "host-broker/cli/session/pass-env.h"
#include "proto/broker.pb-c.h"
#include "proto/host/standard-fds.h"
#include "proto/limits.h"
#include "proto/wire/message.h"

static double since(uint64_t from, uint64_t at)
{
	return at > from ? (double)(at - from) / 1e6 : 0;
}

static void timing_print(const Vmsilo__Broker__Granted *granted, uint64_t asked, uint64_t answered,
	const struct session_times *times)
{
	static const char *const names[] = {"?", "queued", "monitor", "kernel", "agent", "session"};

	for (size_t i = 0; i < granted->n_timing; i++) {
		unsigned int stage = granted->timing[i]->stage;
		fprintf(stderr, "%-10s %9.1f ms\n", names[stage < 6 ? stage : 0],
			(double)granted->timing[i]->at_us / 1e3);
	}
	fprintf(stderr, "%-10s %9.1f ms\n", "granted", since(asked, answered));
	fprintf(stderr, "%-10s %9.1f ms\n", "program", since(asked, times->opened));
	fprintf(stderr, "%-10s %9.1f ms\n", "status", since(asked, times->ended));
}

/* On the user's own terminal: a login shell, as with ssh, and a command of which all goes there.
 * One whose output goes to a file or a pipe gets none: a terminal would put its stderr into its
 * stdout, and a CR before each LF. A service talks to programs. */
static bool wants_terminal(const struct run_options *options)
{
	if (options->terminal)
		return true;
	if (options->no_terminal || options->no_stdin || options->detach || options->service[0] ||
		!isatty(STDIN_FILENO))
		return false;
	return !options->command[0] || (isatty(STDOUT_FILENO) && isatty(STDERR_FILENO));
}

static int env_make(const struct run_options *options, const Vmsilo__Broker__Granted *granted,
	struct pass_env *ret)
{
	int code = pass_env_match(ret, granted->pass_env, granted->n_pass_env, environ);

	for (size_t i = 0; code == 0 && i < options->env_count; i++)
		code = pass_env_set(ret, options->env[i], environ);
	return code;
}

/* Who could read it is told that nothing will appear; scripts are not. */
static void no_desktop_say(const struct run_options *options)
{
	if (isatty(STDERR_FILENO) || options->detach)
		fprintf(stderr,
			"vmsilo: vm \"%s\": there is no Wayland desktop here (WAYLAND_DISPLAY is "
			"not "
			"set): its programs cannot show windows\n",
			options->vm);
}

/* Whether the program is told of a display. */
static bool windows_open(const struct run_options *options, const struct paths *paths,
	const Vmsilo__Broker__Granted *granted, struct pass_env *env, struct desktop *desktop)
{
	if (!granted->windows || options->service[0])
		return false;
	if (!desktop_is_there()) {
		no_desktop_say(options);
		return false;
	}
	desktop_open(paths, options->vm, desktop);
	for (int i = 0; i < 2 && desktop->variables[i][0]; i++)
		(void)pass_env_set(env, desktop->variables[i], environ);
	return true;
}

static int run_granted(const struct run_options *options, const struct paths *paths,
	struct broker_answer *answer, uint64_t asked, bool again)
{
	const Vmsilo__Broker__Granted *granted = (const Vmsilo__Broker__Granted *)answer->message;
	struct pass_env env = {0};
	struct session_request request = {
		.vm = options->vm,
		.argv = options->command,
		.service = options->service,
		.workdir = options->workdir,
		.env = &env,
		.detach = options->detach,
		.no_stdin = options->no_stdin || options->detach,
		.terminal = wants_terminal(options),
		.again = again,
		.broker = paths,
	};
	struct session_times times = {0};
	struct desktop desktop;
	uint64_t answered = uv_hrtime();

	if (granted->token.len != TOKEN_SIZE || answer->session_fd < 0) {
		fputs("vmsilo: the broker granted a session without its token or socket\n", stderr);
		if (answer->session_fd >= 0)
			close(answer->session_fd);
		return EXIT_VMSILO;
	}
	if (env_make(options, granted, &env) < 0) {
		fprintf(stderr, "vmsilo: cannot pass more than %d environment variables\n",
			SESSION_ENVC_MAX);
		close(answer->session_fd);
		return EXIT_VMSILO;
	}
	request.display = windows_open(options, paths, granted, &env, &desktop);
	memcpy(request.token.bytes, granted->token.data, TOKEN_SIZE);
	int exit_code = session_run(answer->session_fd, &request, &times);
	if (options->timing && exit_code != SESSION_AGAIN)
		timing_print(granted, asked, answered, &times);
	return exit_code;
}

/* tries: how often the guest has said that it shuts down. */
static int run_once(const struct run_options *options, const struct paths *paths, uint64_t asked,
	uint32_t tries)
{
	Vmsilo__Broker__Session request = VMSILO__BROKER__SESSION__INIT;
	struct broker_answer answer;
	struct error error = {0};
	int exit_code = EXIT_VMSILO;

	request.vm = (char *)options->vm;
	request.user = (char *)options->user;
	request.tries = tries;
	if (broker_ask(paths, true, FRAME_SESSION, &request.base, &answer, &error) < 0)
		return report_error(&error);
	if (answer.type == FRAME_GRANTED)
		exit_code = run_granted(options, paths, &answer, asked, tries < WAITER_TRIES_MAX);
	else if (answer.type == FRAME_FAILURE)
		exit_code = report_failure((const Vmsilo__Broker__Failure *)answer.message);
	message_free(answer.message);
	return exit_code;
}

int run(const struct run_options *options)
{
	struct error error = {0};
	struct paths paths;
	int exit_code = SESSION_AGAIN;

	int filled = standard_fds_fill();
	if (filled < 0) {
		fprintf(stderr, "vmsilo: cannot open /dev/null: %s\n", uv_strerror(filled));
		return EXIT_VMSILO;
	}
	if (paths_choose(&paths, &error) < 0)
		return report_error(&error);
	uint64_t asked = uv_hrtime();
	for (uint32_t tries = 0; exit_code == SESSION_AGAIN; tries++)
		exit_code = run_once(options, &paths, asked, tries);
	return exit_code;
}
