#include "proto/host/desk-socket.h"

#include <stdio.h>

#include "proto/limits.h"

bool desk_path(const struct paths *user, const char *vm, bool system, const char *what,
	char ret[PATH_SIZE])
{
	char name[VM_NAME_MAX + 32];

	snprintf(name, sizeof(name), "%s.%s%s", vm, system ? "system." : "", what);
	return paths_runtime(user, DESK_FOLDER, name, ret);
}
