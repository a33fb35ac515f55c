#include "guest-agent/program/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/base/cleanup.h"
#include "proto/base/log.h"

#define PREFIX "session-"
#define WEIGHT_EVEN "100" /* what each group has by itself */

/* Returns a descriptor of its list of processes, or -1 with errno. */
static int group_make(const char *folder, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return -1;
	snprintf(path, sizeof(path), "%s/%s/cgroup.procs", folder, name);
	return open(path, O_WRONLY | O_CLOEXEC);
}

void cgroups_init(struct cgroups *cgroups, const char *folder)
{
	*cgroups = (struct cgroups){0};
	if (!folder)
		return;
	if (mkdir(folder, 0755) < 0 && errno != EEXIST) {
		log_warning(NULL, "no control groups: %s: %s", folder, strerror(errno));
		return;
	}
	_cleanup_close_ int fd = group_make(folder, "agent");
	if (fd < 0 || write(fd, "0", 1) < 0) {
		log_warning(NULL, "no control groups: %s/agent: %s", folder, strerror(errno));
		return;
	}
	cgroups->folder = folder;
}

int cgroup_make(struct cgroups *cgroups)
{
	char name[sizeof(PREFIX) + 10];

	if (!cgroups->folder)
		return -1;
	snprintf(name, sizeof(name), PREFIX "%u", ++cgroups->last);
	int fd = group_make(cgroups->folder, name);
	if (fd < 0)
		log_warning(NULL, "no control group for a program: %s", strerror(errno));
	return fd;
}

void cgroup_enter(int fd)
{
	if (fd >= 0)
		(void)!write(fd, "0", 1);
}

/* Where nobody gave it another weight the file may not be there. */
static void weight_even(const char *folder)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/cpu.weight", folder);
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd >= 0)
		(void)!write(fd, WEIGHT_EVEN, sizeof(WEIGHT_EVEN) - 1);
}

void cgroups_sweep(struct cgroups *cgroups)
{
	DIR *directory = cgroups->folder ? opendir(cgroups->folder) : NULL;
	const struct dirent *entry;

	if (!directory)
		return;
	if (cgroups->last > 0 && !cgroups->even) {
		weight_even(cgroups->folder);
		cgroups->even = true;
	}
	while ((entry = readdir(directory)))
		if (strncmp(entry->d_name, PREFIX, sizeof(PREFIX) - 1) == 0)
			unlinkat(dirfd(directory), entry->d_name, AT_REMOVEDIR);
	closedir(directory);
}
