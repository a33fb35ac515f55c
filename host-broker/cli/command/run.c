#include "host-broker/cli/session/run.h"

#include <stdio.h>

#include "host-broker/cli/base/commands.h"
#include "host-broker/cli/base/exit-codes.h"

static const struct command_option table[] = {
	RUN_OPTIONS_COMMON,
	{'t', "tty", NULL, "allocate a terminal even if stdin is not one", OPTION_FLAG,
		offsetof(struct run_options, terminal), NULL},
	{'n', NULL, NULL, "no stdin: the command reads end of file", OPTION_FLAG,
		offsetof(struct run_options, no_stdin), NULL},
	{'d', "detach", NULL, "return once the command runs; its output goes to the VM's journal",
		OPTION_FLAG, offsetof(struct run_options, detach), NULL},
	{0, "service", "NAME",
		"run the guest's service NAME, with the words after VM as\nits arguments",
		OPTION_SET, 0, run_option_service},
	{0, "timing", NULL, "print on stderr how long each stage took", OPTION_FLAG,
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
	.text = "Runs COMMAND in the VM, as ssh does on a remote host; without COMMAND, the user's "
		"login shell.\nThe VM is started if necessary.",
	.text_end =
		"Exit codes: the command's own; 128+N when signal N killed it; 119 the session was "
		"lost;\n120 no such VM; 121 the VM failed to start; 122 no broker; 123 not "
		"permitted; 125 wrong usage,\nor vmsilo failed; 126 the command cannot be "
		"executed; 127 command not found.",
	.options = table,
	.run = run_command,
};
