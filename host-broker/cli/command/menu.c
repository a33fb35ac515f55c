#include "host-broker/cli/command/menu.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host-broker/cli/base/ask.h"
#include "host-broker/cli/base/commands.h"
#include "host-broker/cli/base/exit-codes.h"
#include "host-broker/cli/base/report.h"
#include "proto/host/own-programs.h"

#define WORDS_MAX 512

static int program_become(char **words)
{
	char path[4096];

	own_program_find("vmsilo-menu", VMSILO_LIBEXECDIR, path, sizeof(path));
	words[0] = path;
	execv(path, words);
	fprintf(stderr, "vmsilo: cannot run %s: %s\n", path, strerror(errno));
	return EXIT_VMSILO;
}

/* A broker runs, knows the VM (of vm, "" for any), and its socket's path is known; an exit code, or
 * -1 to go on. */
static int broker_find(const char *vm, char ret[PATH_SIZE])
{
	struct error error = {0};
	struct paths paths;

	int code = ask_known(vm);
	if (code != 0)
		return code;
	if (paths_choose(&paths, &error) < 0)
		return report_error(&error);
	(void)paths_runtime(&paths, NULL, "broker.socket", ret);
	return -1;
}

/* ---- vmsilo menu sync ---- */

static int sync_run(const char *vm)
{
	char folder[4096], socket[PATH_SIZE];

	own_folder(folder, sizeof(folder));
	int code = broker_find(vm, socket);
	if (code >= 0)
		return code;
	char *words[] = {NULL, "sync", socket, folder, (char *)vm, NULL};
	return program_become(words);
}

static const struct command_option options_table[] = {{0}};

static int run(int argc, char **argv)
{
	char **operands;
	int exit_code = options_parse(&command_menu, argc, argv, NULL, &operands);

	if (exit_code >= 0)
		return exit_code;
	if (strcmp(operands[0], "sync") != 0) {
		fprintf(stderr, "vmsilo menu: unknown word \"%s\"; try: vmsilo menu sync\n",
			operands[0]);
		return EXIT_VMSILO;
	}
	return sync_run(operands[1] ? operands[1] : "");
}

const struct command command_menu = {
	.name = "menu",
	.summary = "programs of VMs in the desktop's menu",
	.operands = "sync [VM]",
	.text = "Writes an entry for each program of each VM's image into the menu of your "
		"desktop, "
		"named\n\"VM: PROGRAM\", with the VM's colour around its icon, and removes those "
		"that "
		"are no longer true.\nWhich there are: 'menu' in the configuration.",
	.options = options_table,
	.run = run,
};

/* ---- vm-run --app ---- */

static bool word_add(char **words, size_t *count, char *word)
{
	if (*count == WORDS_MAX)
		return false;
	words[(*count)++] = word;
	return true;
}

int menu_open(char **options, char **operands)
{
	char folder[4096], socket[PATH_SIZE];
	char *words[WORDS_MAX + 1] = {NULL, "open", socket, folder, operands[0], operands[1]};
	size_t count = 6;
	bool fit = true;

	own_folder(folder, sizeof(folder));
	for (char **word = options; word < operands; word++)
		if (strcmp(*word, "--app") != 0 && strcmp(*word, "--") != 0)
			fit = fit && word_add(words, &count, *word);
	fit = fit && word_add(words, &count, "--");
	for (char **word = operands + 2; *word; word++)
		fit = fit && word_add(words, &count, *word);
	if (!fit) {
		fputs("vm-run: too many words\n", stderr);
		return EXIT_VMSILO;
	}
	int code = broker_find(operands[0], socket);
	return code >= 0 ? code : program_become(words);
}
