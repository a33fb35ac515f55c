#include "guest-agent/program/lookup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_PATH "/bin:/usr/bin" /* confstr(3), _CS_PATH */

/* The kernel makes a whole address space before it finds that there is no such file, so we look
 * first. */
int lookup(const char *name, bool (*take)(void *data, const char *file), void *data)
{
	const char *path = getenv("PATH");
	bool denied = false;

	if (!name[0])
		return ENOENT;
	if (strchr(name, '/'))
		return take(data, name) ? 0 : errno;
	for (path = path ? path : DEFAULT_PATH;; path++) {
		char candidate[PATH_MAX];
		int length = (int)strcspn(path, ":");
		int size = snprintf(candidate, sizeof(candidate), "%.*s%s%s", length, path,
			length > 0 ? "/" : "./", name);
		path += length;
		if (size < (int)sizeof(candidate)) {
			if (faccessat(AT_FDCWD, candidate, X_OK, AT_EACCESS) == 0 &&
				take(data, candidate))
				return 0;
			if (errno != ENOENT && errno != ENOTDIR && errno != EACCES)
				return errno;
			denied = denied || errno == EACCES;
		}
		if (!*path)
			break;
	}
	return denied ? EACCES : ENOENT;
}
