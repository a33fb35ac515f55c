/* vmsilo-guest-programs: writes the record of an image's programs, at the image's build. */
#include <glib.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/host/program-options.h"
#include "tray/programs/record.h"

struct options {
	const char *root;
};

static const struct program_option options_table[] = {
	{"root", PROGRAM_TEXT, .offset = offsetof(struct options, root), .required = true},
	{0},
};

static const struct program_description program = {
	.name = "vmsilo-guest-programs",
	.help = "usage: vmsilo-guest-programs --root FOLDER\n\n"
		"Prints what programs the image whose tree lies in FOLDER shows in a menu, with "
		"their\nicons, as JSON. The image's build runs it.\n",
	.options = options_table,
};

int main(int argc, char **argv)
{
	struct options options = {0};
	int code = program_options_parse(&program, argc, argv, &options);

	if (code >= 0)
		return code;
	g_autofree char *data =
		g_strdup_printf("%s/usr/local/share:%s/usr/share", options.root, options.root);
	setenv("XDG_DATA_DIRS", data, 1);
	json_t *record = record_make(options.root);
	if (!record || json_dumpf(record, stdout, JSON_INDENT(1) | JSON_SORT_KEYS) < 0 ||
		putchar('\n') == EOF || fflush(stdout) == EOF) {
		perror("vmsilo-guest-programs: cannot write");
		return 1;
	}
	json_decref(record);
	return 0;
}
