#include "guest-agent/boot/mounts.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "proto/base/log.h"

struct mount_entry {
	const char *type, *path, *options;
	unsigned long flags;
};

static void mount_make(const struct mount_entry *entry, const char *root)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s%s", root, entry->path);
	mkdir(path, 0755);
	/* EBUSY: the kernel or an initramfs has done it. */
	if (mount(entry->type, path, entry->type, entry->flags, entry->options) < 0 &&
		errno != EBUSY)
		log_error(NULL, "mount %s: %s", path, strerror(errno));
}

void mounts_make_kernel(void)
{
	static const struct mount_entry entries[] = {
		{"proc", "/proc", "", MS_NOSUID | MS_NODEV | MS_NOEXEC},
		{"sysfs", "/sys", "", MS_NOSUID | MS_NODEV | MS_NOEXEC},
		{"devtmpfs", "/dev", "mode=0755", MS_NOSUID},
	};

	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++)
		mount_make(&entries[i], "");
}

void mounts_make_memory(const char *root)
{
	static const struct mount_entry entries[] = {
		{"devpts", "/dev/pts", "gid=5,mode=0620,ptmxmode=0666", MS_NOSUID | MS_NOEXEC},
		{"tmpfs", "/dev/shm", "mode=1777", MS_NOSUID | MS_NODEV},
		{"tmpfs", "/run", "mode=0755", MS_NOSUID | MS_NODEV},
		{"tmpfs", "/tmp", "mode=1777", MS_NOSUID | MS_NODEV},
	};

	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++)
		mount_make(&entries[i], root);
}
