#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "host-broker/cli/commands.h"
#include "host-broker/cli/exit-codes.h"

static const struct command {
	const char *name; /* of the subcommand, */
	const char *link; /* and of the link that stands for it, if any */
	int (*run)(int argc, char **argv);
	const char *help;
} commands[] = {
	{"run", "vm-run", command_run, "run a command in a VM"},
	{"start", "vm-start", command_start, "start a VM"},
	{"stop", "vm-stop", command_stop, "stop a VM"},
	{"list", NULL, command_list, "show all VMs"},
	{"status", NULL, command_status, "show one VM"},
	{"check", NULL, command_check, "check the configuration"},
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void help_print(FILE *file)
{
	fputs("usage: vmsilo COMMAND [ARGUMENT...]\n\n", file);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(file, "  %-8s %s%s%s\n", commands[i].name, commands[i].help,
			commands[i].link ? "; also " : "",
			commands[i].link ? commands[i].link : "");
	fputs("\nvmsilo COMMAND --help tells more.\n", file);
}

int main(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/');
	const char *self = slash ? slash + 1 : argv[0];
	const char *word = argc > 1 ? argv[1] : "";

	for (size_t i = 0; i < COMMANDS; i++)
		if (commands[i].link && strcmp(self, commands[i].link) == 0)
			return commands[i].run(argc, argv);
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(word, commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	if (strcmp(word, "--version") == 0) {
		puts("vmsilo " VMSILO_VERSION);
		return 0;
	}
	bool asked = strcmp(word, "--help") == 0 || strcmp(word, "help") == 0;
	if (!asked && word[0])
		fprintf(stderr, "vmsilo: no command '%s'\n", word);
	help_print(asked ? stdout : stderr);
	return asked ? 0 : EXIT_VMSILO;
}
