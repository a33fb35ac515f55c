#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host-broker/cli/base/commands.h"
#include "host-broker/cli/base/exit-codes.h"
#include "host-broker/cli/session/console-client.h"
#include "host-broker/cli/session/run.h"
#include "host-broker/cli/session/ssh-line.h"
#include "proto/base/text.h"
#include "proto/host/own-programs.h"

struct shell_options {
	struct run_options run;
	bool ssh, proxy, console;
	struct console_request attach;
};

static const struct command_option table[] = {
	RUN_OPTIONS_COMMON,
	{0, "ssh", NULL, "run ssh to the guest's ssh server; words after VM go to ssh", OPTION_FLAG,
		offsetof(struct shell_options, ssh), NULL},
	{0, "proxy", NULL,
		"connect stdin and stdout to the guest's ssh server, or to the\nport after VM: for "
		"ssh's ProxyCommand",
		OPTION_FLAG, offsetof(struct shell_options, proxy), NULL},
	{0, "console", NULL, "attach to the serial console, even while the VM boots or hangs",
		OPTION_FLAG, offsetof(struct shell_options, console), NULL},
	{0, "watch", NULL, "with --console: only watch", OPTION_FLAG,
		offsetof(struct shell_options, attach.watch), NULL},
	{0, "take", NULL, "with --console: take the keyboard from whoever has it", OPTION_FLAG,
		offsetof(struct shell_options, attach.take), NULL},
	{0},
};

static int wrong(const char *text)
{
	fprintf(stderr, "vm-shell: %s; try: vm-shell --help\n", text);
	return EXIT_VMSILO;
}

static int ssh_run(const struct run_options *options)
{
	char self[PATH_MAX];
	struct ssh_line line;

	if (!text_is_vm_name(options->vm))
		return wrong("not a valid VM name");
	own_program(self, sizeof(self));
	if (ssh_line_make(&line, self, options->vm, options->user, options->command) < 0)
		return wrong("the command is too long");
	execvp(line.argv[0], (char *const *)line.argv);
	fprintf(stderr, "vm-shell: cannot run ssh: %s\n", strerror(errno));
	ssh_line_finish(&line);
	return EXIT_VMSILO;
}

static int proxy_run(struct run_options *options)
{
	if (options->command[0] && options->command[1])
		return wrong("--proxy takes at most one port");
	options->service = "vmsilo.connect";
	return run(options);
}

static int console_attach(struct shell_options *options)
{
	if (options->run.command[0])
		return wrong("--console takes no command");
	options->attach.vm = options->run.vm;
	return console_run(&options->attach);
}

static int run_shell(int argc, char **argv)
{
	struct shell_options options = {0};
	struct error error = {0};
	char **operands;

	run_options_init(&options.run);
	int exit_code = options_parse(&command_shell, argc, argv, &options, &operands);
	if (exit_code >= 0)
		return exit_code;
	if (run_options_finish(&options.run, operands, &error) < 0)
		return wrong(error.text);
	if (options.ssh + options.proxy + options.console > 1)
		return wrong("--ssh, --proxy and --console cannot be used together");
	if (options.console)
		return console_attach(&options);
	if (options.ssh)
		return ssh_run(&options.run);
	if (options.proxy)
		return proxy_run(&options.run);
	if (options.run.command[0])
		return wrong("vm-shell takes no command; use vm-run to run one");
	return run(&options.run);
}

const struct command command_shell = {
	.name = "shell",
	.program = "vm-shell",
	.summary = "open a login shell in a VM",
	.operands = "VM [SSH-COMMAND...]",
	.text = "Runs the user's login shell in the VM, with a terminal if stdin is one. The VM is "
		"started if\nnecessary.",
	.options = table,
	.run = run_shell,
};
