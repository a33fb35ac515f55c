#include "tray/menu/caller.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Whether a desktop finds by their names what is in the folder: who has put another into the PATH
 * of his shell has not told his desktop. */
static bool is_in_path(const char *folder)
{
	static const char *const folders[] = {"/usr/local/bin", "/usr/bin", "/bin"};

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (strcmp(folder, folders[i]) == 0)
			return true;
	return false;
}

/* In double quotes four characters mean something (Desktop Entry Specification, section 7), and a
 * backslash once more as a value (section 4). */
static bool needs_no_escape(const char *text)
{
	return !strpbrk(text, "\"`$\\%\n");
}

void caller_form(const char *bin, char *ret, size_t size)
{
	const char *broker = getenv("VMSILO_BROKER");
	const char *env =
		broker && strcmp(broker, "system") == 0 ? "env VMSILO_BROKER=system " : "";

	if (is_in_path(bin) || !needs_no_escape(bin))
		snprintf(ret, size, "%svm-run", env);
	else
		snprintf(ret, size, "%s\"%s/vm-run\"", env, bin);
}
