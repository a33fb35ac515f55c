#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <mntent.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "guest-agent/boot/disk.h"
#include "guest-agent/setup/files.h"
#include "guest-agent/setup/mount.h"
#include "proto/base/cleanup.h"

#define CHECKER "/sbin/e2fsck"
#define SHARE_WAIT_MS 5000 /* for a driver that is still at it */
#define WAIT_STEP_MS 50
/* The kernel's Documentation/filesystems/ext4/super.rst. */
#define SUPERBLOCK_OFFSET 1024
#define SUPERBLOCK_SIZE 1024
#define SUPERBLOCK_MAGIC 0x38
#define SUPERBLOCK_STATE 0x3a
#define SUPERBLOCK_INCOMPATIBLE 0x60
#define EXT4_MAGIC 0xef53
#define EXT4_STATE_CLEAN 1 /* and neither errors nor orphans */
#define EXT4_NEEDS_RECOVERY 4
/* The kernel's fs/ext4/ext4.h: takes the number of blocks that the file system is to have. */
#define EXT4_IOC_RESIZE_FS _IOW('f', 16, uint64_t)

_Static_assert(MOUNT_DEVICE_SIZE >= DISK_PATH_SIZE, "a disk's device fits");

static int find(const char *serial, char ret[MOUNT_DEVICE_SIZE])
{
	return disk_find(DISKS_DIRECTORY, serial, DISK_WAIT_MS, ret, NULL);
}

static bool is_mounted(const char *source, const char *path)
{
	FILE *table = setmntent("/proc/self/mounts", "re");
	const struct mntent *entry;
	bool found = false;

	while (!found && table && (entry = getmntent(table)))
		found = strcmp(entry->mnt_fsname, source) == 0 &&
			(!path || strcmp(entry->mnt_dir, path) == 0);
	if (table)
		endmntent(table);
	return found;
}

static uint32_t little(const uint8_t *bytes, int count)
{
	uint32_t value = 0;

	for (int i = 0; i < count; i++)
		value |= (uint32_t)bytes[i] << (8 * i);
	return value;
}

/* By the first of what e2fsck -p looks at, and then goes no further: it was unmounted, without an
 * error. Most disks are, and a program that need not be read from a disk makes a start faster. */
static bool is_clean(const char *device)
{
	_cleanup_close_ int fd = open(device, O_RDONLY | O_CLOEXEC);
	uint8_t block[SUPERBLOCK_SIZE];

	return fd >= 0 &&
	       pread(fd, block, sizeof(block), SUPERBLOCK_OFFSET) == (ssize_t)sizeof(block) &&
	       little(block + SUPERBLOCK_MAGIC, 2) == EXT4_MAGIC &&
	       little(block + SUPERBLOCK_STATE, 2) == EXT4_STATE_CLEAN &&
	       !(little(block + SUPERBLOCK_INCOMPATIBLE, 4) & EXT4_NEEDS_RECOVERY);
}

static int check(const char *device)
{
	int status;

	if (is_clean(device))
		return 0;
	if (access(CHECKER, X_OK) < 0)
		return MOUNT_NO_CHECKER;
	pid_t pid = fork();
	if (pid == 0) {
		dup2(STDERR_FILENO, STDOUT_FILENO);
		execl(CHECKER, CHECKER, "-p", device, (char *)NULL);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return 127;
	return pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : 127;
}

/* A link on the way would let whoever made it choose what is hidden by the mount. */
static int place_open(const char *path)
{
	const struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS};
	int code = files_folder("/", path + 1, 0755);

	if (code < 0)
		return code;
	int fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
	return fd < 0 ? -errno : fd;
}

static int mount_at(
	const char *source, int place, const char *type, unsigned long flags, const char *options)
{
	char target[32];

	snprintf(target, sizeof(target), "/proc/self/fd/%d", place);
	return mount(source, target, type, flags, options) < 0 ? -errno : 0;
}

static int mount_wished(const char *source, const char *path, const char *type, bool read_only)
{
	static const struct timespec step = {.tv_nsec = WAIT_STEP_MS * 1000000L};
	bool is_share = strcmp(type, "virtiofs") == 0;
	unsigned long flags = MS_NOSUID | MS_NODEV | (read_only ? MS_RDONLY : 0);
	_cleanup_close_ int place = place_open(path);

	if (place < 0)
		return place;
	if (!is_share)
		return mount_at(source, place, type, flags, read_only ? "" : "discard");
	int code = mount_at(source, place, type, flags, "");
	for (int waited = 0; (code == -EINVAL || code == -ENODEV) && waited < SHARE_WAIT_MS;
		waited += WAIT_STEP_MS) {
		nanosleep(&step, NULL);
		code = mount_at(source, place, type, flags, "");
	}
	return code;
}

/* Nothing happens to one that has this size. */
static int grow(const char *device, const char *path)
{
	_cleanup_close_ int disk = open(device, O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int place = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct statvfs status;
	uint64_t bytes;

	if (disk < 0 || place < 0 || ioctl(disk, BLKGETSIZE64, &bytes) < 0 ||
		fstatvfs(place, &status) < 0)
		return -errno;
	uint64_t blocks = bytes / status.f_bsize;
	return ioctl(place, EXT4_IOC_RESIZE_FS, &blocks) < 0 ? -errno : 0;
}

const struct mount_ops mount_system_ops = {
	.find = find,
	.is_mounted = is_mounted,
	.check = check,
	.mount = mount_wished,
	.grow = grow,
};
