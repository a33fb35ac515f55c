#include "host-broker/system/cpu-time.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "proto/base/cleanup.h"

#define FIELD_UTIME 14 /* and 15, stime, after it */

/* The second field, the program's name, may hold blanks and parentheses: fields are counted from
 * the last of these. */
int cpu_time_parse(const char *text, uint64_t *ret_ticks)
{
	unsigned long user, system;
	const char *at = strrchr(text, ')');

	for (int field = 2; at && field < FIELD_UTIME; field++)
		at = strchr(at + 1, ' ');
	if (!at || sscanf(at, " %lu %lu", &user, &system) != 2)
		return UV_EINVAL;
	*ret_ticks = (uint64_t)user + system;
	return 0;
}

int cpu_time_read(pid_t pid, uint64_t *ret_ms)
{
	char path[64], text[1024];
	uint64_t ticks;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (length <= 0)
		return UV_ESRCH;
	text[length] = '\0';
	int code = cpu_time_parse(text, &ticks);
	if (code == 0)
		*ret_ms = ticks * 1000 / (uint64_t)sysconf(_SC_CLK_TCK);
	return code;
}
