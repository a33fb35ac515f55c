#include "host-broker/network/way-out.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

static bool is_in_path(const char *program)
{
	const char *folders = getenv("PATH");
	char path[PATH_MAX];

	while (folders) {
		const char *end = strchrnul(folders, ':');
		int length = snprintf(
			path, sizeof(path), "%.*s/%s", (int)(end - folders), folders, program);
		if (length > 0 && (size_t)length < sizeof(path) && access(path, X_OK) == 0)
			return true;
		folders = *end ? end + 1 : NULL;
	}
	return false;
}

int way_out_check(bool system, struct error *error)
{
	if (system || is_in_path(WAY_OUT_PASTA))
		return 0;
	return error_set(error, UV_ENOENT,
		"a network without root needs the program " WAY_OUT_PASTA
		", which is not installed; install the package passt");
}
