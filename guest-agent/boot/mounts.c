#include "guest-agent/boot/mounts.h"

#include <errno.h>
#include <limits.h>
#include <mntent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "proto/base/log.h"

#define MOUNTS_LEFT_MAX 64

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

static bool is_on_disk(const struct mntent *entry)
{
	return strcmp(entry->mnt_type, "ext4") == 0;
}

/* The last but so many of those on disks. */
static bool last_find(unsigned int left, char ret[PATH_MAX])
{
	FILE *table = setmntent("/proc/self/mounts", "re");
	const struct mntent *entry;
	unsigned int count = 0;
	bool found = false;

	while (table && (entry = getmntent(table)))
		count += is_on_disk(entry);
	if (table)
		rewind(table);
	for (unsigned int i = 0; !found && table && (entry = getmntent(table));)
		if (is_on_disk(entry) && ++i + left == count)
			found = snprintf(ret, PATH_MAX, "%s", entry->mnt_dir) < PATH_MAX;
	if (table)
		endmntent(table);
	return found;
}

void mounts_end(void)
{
	char path[PATH_MAX];
	unsigned int left = 0;

	while (left < MOUNTS_LEFT_MAX && last_find(left, path)) {
		if (umount2(path, 0) == 0)
			continue;
		if (mount(NULL, path, NULL, MS_REMOUNT | MS_RDONLY, NULL) < 0)
			log_error(NULL, "unmount %s: %s", path, strerror(errno));
		left++;
	}
}
