/* vmsilo-menu: what `vmsilo menu` and `vm-run --app` do, which need pictures and the session's bus;
 * a command in a VM needs neither, and starts without them. */
#include <stdio.h>
#include <string.h>

#include "proto/host/standard-fds.h"
#include "tray/menu/open.h"
#include "tray/menu/sync.h"

static int usage(void)
{
	fputs("vmsilo-menu is run by vmsilo menu and vm-run --app; see there\n", stderr);
	return 125;
}

/* sync BROKER BIN VM */
static int sync(char **words)
{
	struct sync_options options = {.broker = words[0], .bin = words[1], .vm = words[2]};

	return menu_sync(&options);
}

/* open BROKER BIN VM PROGRAM OPTION... -- FILE... */
static int open(char **words)
{
	struct open_options options = {
		.broker = words[0], .bin = words[1], .vm = words[2], .program = words[3]};
	char **word = options.run = words + 4;

	while (*word && strcmp(*word, "--") != 0)
		word++;
	if (!*word)
		return usage();
	*word = NULL;
	options.files = word + 1;
	return menu_open(&options);
}

int main(int argc, char **argv)
{
	if (standard_fds_hold() < 0 || argc < 2)
		return usage();
	if (strcmp(argv[1], "sync") == 0 && argc == 5)
		return sync(argv + 2);
	if (strcmp(argv[1], "open") == 0 && argc >= 7)
		return open(argv + 2);
	return usage();
}
