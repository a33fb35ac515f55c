#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-broker/cli/base/commands.h"
#include "host-broker/cli/base/exit-codes.h"
#include "host-broker/cli/complete.h"
#include "proto/host/standard-fds.h"

static void help_print(FILE *file)
{
	int width = 0;

	for (size_t i = 0; commands[i]; i++)
		if ((int)strlen(commands[i]->name) > width)
			width = (int)strlen(commands[i]->name);
	fputs("usage: vmsilo [--system] COMMAND [ARGUMENT...]\n\n", file);
	for (size_t i = 0; commands[i]; i++)
		fprintf(file, "  %-*s  %s%s%s\n", width, commands[i]->name, commands[i]->summary,
			commands[i]->program ? "; also " : "",
			commands[i]->program ? commands[i]->program : "");
	fputs("\nFor more on a command: vmsilo COMMAND --help\n", file);
}

static int run(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/');
	const char *self = slash ? slash + 1 : argv[0];
	const char *word = argc > 1 ? argv[1] : "";
	const struct command *command = commands_by_program(self);

	if (!command && strcmp(word, "--system") == 0) {
		setenv("VMSILO_BROKER", "system", 1);
		argc--;
		argv++;
		word = argc > 1 ? argv[1] : "";
	}

	if (command)
		return command->run(argc, argv);
	if (strcmp(word, "--complete") == 0) {
		complete(argc - 2, argv + 2, stdout);
		return 0;
	}
	command = commands_by_name(word);
	if (command)
		return command->run(argc - 1, argv + 1);
	if (strcmp(word, "--version") == 0) {
		puts("vmsilo " VMSILO_VERSION);
		return 0;
	}
	bool asked = strcmp(word, "--help") == 0 || strcmp(word, "help") == 0;
	if (!asked && word[0])
		fprintf(stderr, "vmsilo: unknown command '%s'; try: vmsilo --help\n", word);
	help_print(asked ? stdout : stderr);
	return asked ? 0 : EXIT_VMSILO;
}

int main(int argc, char **argv)
{
	int code = standard_fds_hold();

	/* Where it is ignored, our children are reaped without us, and leave no exit code. */
	signal(SIGCHLD, SIG_DFL);
	if (code < 0) {
		fprintf(stderr, "vmsilo: cannot open /dev/null: %s\n", strerror(-code));
		return EXIT_VMSILO;
	}
	int exit_code = run(argc, argv);
	int lost = standard_output_finish("vmsilo");
	return lost && exit_code == 0 ? EXIT_VMSILO : exit_code;
}
