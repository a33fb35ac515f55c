#include "host-broker/cli/session/run.h"

#include <stdbool.h>
#include <stdio.h>
#include <uv.h>

#include "host-broker/cli/base/commands.h"
#include "host-broker/cli/base/exit-codes.h"
#include "host-broker/cli/command/menu.h"

struct values {
	struct run_options options; /* the first */
	bool app;
};

static const struct command_option table[] = {
	RUN_OPTIONS_COMMON,
	{0, "app", NULL,
		"COMMAND is the ID of a program in the VM's menu; files of yours\nthat it is to "
		"open "
		"are copied into the VM first",
		OPTION_FLAG, offsetof(struct values, app), NULL},
	{'t', "tty", NULL, "allocate a terminal in any case", OPTION_FLAG,
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
	struct values values = {0};
	struct error error = {0};
	char **operands;

	run_options_init(&values.options);
	int exit_code = options_parse(&command_run, argc, argv, &values, &operands);
	if (exit_code >= 0)
		return exit_code;
	int code = run_options_finish(&values.options, operands, &error);
	if (code == 0 && values.app && values.options.command[0] && !values.options.service[0])
		return menu_open(argv + 1, operands);
	if (code == 0 && values.app)
		error_set(&error, UV_EINVAL, "--app needs the ID of a program of the menu, alone");
	else if (code == 0)
		return run(&values.options);
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
