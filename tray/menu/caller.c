#include "tray/menu/caller.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Whether the name alone finds the program in folder. */
static bool is_in_path(const char *folder, const char *name)
{
	const char *folders = getenv("PATH");
	char path[8192], *list = strdup(folders ? folders : "");
	struct stat own, found;
	bool first = false;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (stat(path, &own) < 0)
		list[0] = '\0';
	char *rest = list;
	for (char *at = strsep(&rest, ":"); at && !first; at = strsep(&rest, ":")) {
		snprintf(path, sizeof(path), "%s/%s", at, name);
		first = stat(path, &found) == 0;
	}
	free(list);
	return first && own.st_dev == found.st_dev && own.st_ino == found.st_ino;
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

	if (is_in_path(bin, "vm-run") || !needs_no_escape(bin))
		snprintf(ret, size, "%svm-run", env);
	else
		snprintf(ret, size, "%s\"%s/vm-run\"", env, bin);
}
