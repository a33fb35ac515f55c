#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/cli/ask.h"
#include "host-broker/cli/commands.h"
#include "host-broker/cli/exit-codes.h"
#include "host-broker/cli/report.h"
#include "host-broker/cli/session-client.h"
#include "host-broker/cli/stdio.h"
#include "proto/broker.pb-c.h"
#include "proto/message.h"

struct run_options {
	bool no_stdin, terminal, no_terminal, timing;
	const char *vm;
	char **command;
};

static const struct command_option table[] = {
	{'n', NULL, NULL, "no stdin: the command reads the end of a file", OPTION_FLAG,
		offsetof(struct run_options, no_stdin), NULL},
	{'t', NULL, NULL, "a terminal, also when stdin is none", OPTION_FLAG,
		offsetof(struct run_options, terminal), NULL},
	{'T', NULL, NULL, "no terminal", OPTION_FLAG, offsetof(struct run_options, no_terminal),
		NULL},
	{0, "timing", NULL, "say on stderr what each stage took", OPTION_FLAG,
		offsetof(struct run_options, timing), NULL},
	{0},
};

/* Returns an exit code to end with, or -1 to go on. */
static int run_options_parse(int argc, char **argv, struct run_options *ret)
{
	char **operands;
	int exit_code = options_parse(&command_run, argc, argv, ret, &operands);

	if (exit_code >= 0)
		return exit_code;
	ret->vm = operands[0];
	ret->command = operands + 1;
	if (strcmp(ret->command[0], "--") == 0)
		ret->command++;
	if (ret->command[0])
		return -1;
	fputs("vm-run: a command is needed; try: vm-run --help\n", stderr);
	return EXIT_VMSILO;
}

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

static int run_granted(
	const struct run_options *options, struct broker_answer *answer, uint64_t asked)
{
	const Vmsilo__Broker__Granted *granted = (const Vmsilo__Broker__Granted *)answer->message;
	struct session_request request = {
		.vm = options->vm,
		.argv = options->command,
		.no_stdin = options->no_stdin,
		.terminal = options->terminal ||
			    (!options->no_terminal && !options->no_stdin && isatty(STDIN_FILENO)),
	};
	struct session_times times = {0};
	uint64_t answered = uv_hrtime();

	if (granted->token.len != TOKEN_SIZE || answer->session_fd < 0) {
		fputs("vmsilo: the broker granted a session without its token or socket\n", stderr);
		if (answer->session_fd >= 0)
			close(answer->session_fd);
		return EXIT_VMSILO;
	}
	memcpy(request.token.bytes, granted->token.data, TOKEN_SIZE);
	int exit_code = session_run(answer->session_fd, &request, &times);
	if (options->timing)
		timing_print(granted, asked, answered, &times);
	return exit_code;
}

static int run(int argc, char **argv)
{
	struct run_options options = {0};
	int exit_code = run_options_parse(argc, argv, &options);
	Vmsilo__Broker__Session request = VMSILO__BROKER__SESSION__INIT;
	struct broker_answer answer;
	struct error error = {0};
	struct paths paths;

	if (exit_code >= 0)
		return exit_code;
	if (stdio_prepare() < 0)
		return EXIT_VMSILO;
	if (ask_paths(&paths, &error) < 0)
		return report_error(&error);
	request.vm = (char *)options.vm;
	uint64_t asked = uv_hrtime();
	if (broker_ask(&paths, true, FRAME_SESSION, &request.base, &answer, &error) < 0)
		return report_error(&error);
	if (answer.type == FRAME_GRANTED)
		exit_code = run_granted(&options, &answer, asked);
	else if (answer.type == FRAME_FAILURE)
		exit_code = report_failure((const Vmsilo__Broker__Failure *)answer.message);
	else
		exit_code = EXIT_VMSILO;
	message_free(answer.message);
	return exit_code;
}

const struct command command_run = {
	.name = "run",
	.program = "vm-run",
	.summary = "run a command in a VM",
	.operands = "VM COMMAND [ARGUMENT...]",
	.text = "Runs COMMAND in the VM, which is started if need be, as ssh does on a host.",
	.text_end =
		"Exit codes: the command's own; 128+N when signal N killed it; 119 the session was "
		"lost;\n120 no such VM; 121 the VM failed to start; 122 no broker; 123 not "
		"permitted; 125 wrong usage,\nor vmsilo failed; 126 the command cannot be "
		"executed; 127 it is not there.",
	.options = table,
	.run = run,
};
