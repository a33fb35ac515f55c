#include "host-broker/system/background.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/ioprio.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "proto/base/cleanup.h"

#define NICE_LOWEST 19

static bool may_renice(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};

	return syscall(SYS_capget, &header, data) == 0 &&
	       (data[0].effective & (1u << CAP_SYS_NICE));
}

static void thread_set(pid_t thread, bool background, bool renices)
{
	int class = background ? IOPRIO_CLASS_IDLE : IOPRIO_CLASS_NONE;

	(void)syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, thread, IOPRIO_PRIO_VALUE(class, 0));
	if (renices)
		(void)setpriority(PRIO_PROCESS, (id_t)thread, background ? NICE_LOWEST : 0);
}

static void group_set(pid_t pid, bool background)
{
	char path[64], text[8];

	snprintf(path, sizeof(path), "/proc/%d/autogroup", (int)pid);
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);
	int length = snprintf(text, sizeof(text), "%d", background ? NICE_LOWEST : 0);
	if (fd >= 0 && write(fd, text, (size_t)length) < 0)
		return; /* a kernel without it */
}

void background_set(pid_t pid, bool background)
{
	bool renices = may_renice();
	const struct dirent *item;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	DIR *folder = opendir(path);
	while (folder && (item = readdir(folder)))
		if (item->d_name[0] != '.')
			thread_set((pid_t)atoi(item->d_name), background, renices);
	if (folder)
		closedir(folder);
	if (!renices)
		group_set(pid, background);
}
