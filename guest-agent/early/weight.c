#include "guest-agent/early/weight.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/base/cleanup.h"
#include "proto/base/log.h"

/* The others have 100 each: a first command that never rests makes a boot slower, but no hour. */
#define WEIGHT "500"

static void file_write(const char *folder, const char *name, const char *text)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		log_error(NULL, "%s: %s", path, strerror(errno));
}

void weight_prefer(const char *hierarchy, const char *group)
{
	file_write(hierarchy, "cgroup.subtree_control", "+cpu");
	mkdir(group, 0755);
	file_write(group, "cpu.weight", WEIGHT);
}
