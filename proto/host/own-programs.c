#include "proto/host/own-programs.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

void own_program(char *ret, size_t size)
{
	ssize_t length = readlink("/proc/self/exe", ret, size - 1);

	ret[length > 0 ? length : 0] = '\0';
}

void own_folder(char *ret, size_t size)
{
	own_program(ret, size);
	char *slash = strrchr(ret, '/');
	if (slash)
		*slash = '\0';
}

void own_program_find(const char *name, const char *otherwise, char *ret, size_t size)
{
	char folder[PATH_MAX];

	own_folder(folder, sizeof(folder));
	int length = snprintf(ret, size, "%s/%s", folder, name);
	if (length >= 0 && (size_t)length < size && access(ret, X_OK) == 0)
		return;
	snprintf(ret, size, "%s%s%s", otherwise ? otherwise : "", otherwise ? "/" : "", name);
}
