#include "host-broker/cli/session/run.h"

#include <stdio.h>

#include "host-broker/cli/base/commands.h"
#include "host-broker/cli/base/exit-codes.h"

static const struct command_option table[] = {
	RUN_OPTIONS_COMMON,
	{'t', "tty", NULL, "a terminal, also when stdin is none", OPTION_FLAG,
		offsetof(struct run_options, terminal), NULL},
	{'n', NULL, NULL, "no stdin: the command reads the end of a file", OPTION_FLAG,
		offsetof(struct run_options, no_stdin), NULL},
	{'d', "detach", NULL, "end once it runs; what it prints goes to the VM's journal",
		OPTION_FLAG, offsetof(struct run_options, detach), NULL},
	{0, "service", "NAME",
		"run what the guest offers as NAME, with the words after VM\n"
		"as its arguments",
		OPTION_SET, 0, run_option_service},
	{0, "timing", NULL, "say on stderr what each stage took", OPTION_FLAG,
		offsetof(struct run_options, timing), NULL},
	{0},
};

static int run_command(int argc, char **argv)
{
	struct run_options options;
	struct error error = {0};
	char **operands;

	run_options_init(&options);
	int exit_code = options_parse(&command_run, argc, argv, &options, &operands);
	if (exit_code >= 0)
		return exit_code;
	if (run_options_finish(&options, operands, &error) == 0)
		return run(&options);
	fprintf(stderr, "vm-run: %s; try: vm-run --help\n", error.text);
	return EXIT_VMSILO;
}

const struct command command_run = {
	.name = "run",
	.program = "vm-run",
	.summary = "run a command in a VM",
	.operands = "VM [COMMAND] [ARGUMENT...]",
	.text = "Runs COMMAND in the VM, which is started if need be, as ssh does on a host; the "
		"user's login\nshell when there is none.",
	.text_end =
		"Exit codes: the command's own; 128+N when signal N killed it; 119 the session was "
		"lost;\n120 no such VM; 121 the VM failed to start; 122 no broker; 123 not "
		"permitted; 125 wrong usage,\nor vmsilo failed; 126 the command cannot be "
		"executed; 127 it is not there.",
	.options = table,
	.run = run_command,
};
