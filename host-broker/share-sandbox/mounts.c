#include "host-broker/share-sandbox/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <uv.h>

#include "proto/base/cleanup.h"

#define ROOT "/tmp" /* where the new root is mounted, in our own namespace alone */
#define ROOT_OPTIONS "size=256k,mode=0755"
#define HARMLESS (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)

/* The host's programs and their libraries. Where one is a symbolic link the new root has that. */
static const char *const shown[] = {"/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/proc/self",
	"/proc/sys/fs/file-max", "/proc/sys/fs/nr_open", NULL};

#define TREES_MAX 9 /* those, the program's and the folder */

struct tree {
	char path[PATH_MAX]; /* in the new root */
	int fd;              /* of a copy of the mounts, attached nowhere yet */
	bool is_file;
};

struct trees {
	struct tree items[TREES_MAX];
	size_t count;
};

static int failed(struct error *error, const char *what, const char *path)
{
	int code = -errno;

	return error_set(error, code, "%s %s: %s", what, path, uv_strerror(code));
}

/* ---- copies of the host's mounts, made while they are seen ---- */

static int tree_open(const char *path)
{
	return (int)syscall(
		SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
}

static int tree_restrict(int fd, uint64_t attributes)
{
	struct mount_attr attr = {.attr_set = attributes};

	return (int)syscall(
		SYS_mount_setattr, fd, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr));
}

static int tree_add(struct trees *trees, const char *from, const char *to, uint64_t attributes,
	struct error *error)
{
	struct tree *tree = &trees->items[trees->count];
	struct stat status;

	tree->fd = tree_open(from);
	if (tree->fd < 0)
		return failed(error, "cannot copy the mount of", from);
	trees->count++;
	snprintf(tree->path, sizeof(tree->path), ROOT "%s", to);
	if (fstat(tree->fd, &status) < 0 || tree_restrict(tree->fd, attributes) < 0)
		return failed(error, "cannot restrict the mount of", from);
	tree->is_file = S_ISREG(status.st_mode);
	return 0;
}

static bool is_link(const char *path)
{
	struct stat status;

	return strcmp(path, "/proc/self") != 0 && lstat(path, &status) == 0 &&
	       S_ISLNK(status.st_mode);
}

static int shown_add(struct trees *trees, struct error *error)
{
	int code = 0;

	for (size_t i = 0; code == 0 && shown[i]; i++)
		if (!is_link(shown[i]) && access(shown[i], F_OK) == 0)
			code = tree_add(
				trees, shown[i], shown[i], HARMLESS | MOUNT_ATTR_RDONLY, error);
	return code;
}

/* Its own folder, where that is not among the host's programs. */
static int program_add(struct trees *trees, const char *program, struct error *error)
{
	char folder[PATH_MAX];

	snprintf(folder, sizeof(folder), "%.*s", (int)(strrchr(program, '/') - program), program);
	if (strncmp(folder, "/usr/", 5) == 0)
		return 0;
	return tree_add(trees, folder, folder, HARMLESS | MOUNT_ATTR_RDONLY, error);
}

/* A descriptor from another mount namespace cannot be mounted, so that its path is looked up again,
 * and must be the same folder. */
static int folder_add(struct trees *trees, int folder_fd, bool read_only, struct error *error)
{
	const uint64_t attributes = HARMLESS | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOSYMFOLLOW |
				    (read_only ? MOUNT_ATTR_RDONLY : 0);
	struct stat wanted, found;
	char link[64], path[PATH_MAX];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", folder_fd);
	ssize_t length = readlink(link, path, sizeof(path) - 1);
	if (length < 0 || fstat(folder_fd, &wanted) < 0)
		return failed(error, "cannot find", link);
	path[length] = '\0';
	int code = tree_add(trees, path, MOUNTS_FOLDER, attributes, error);
	if (code < 0)
		return code;
	if (fstat(trees->items[trees->count - 1].fd, &found) < 0)
		return failed(error, "cannot look at", path);
	if (found.st_dev != wanted.st_dev || found.st_ino != wanted.st_ino)
		return error_set(error, UV_ENOENT, "the folder %s has just been replaced", path);
	return 0;
}

/* ---- the new root ---- */

/* Makes what path stands in. */
static int parents_make(char *path)
{
	for (char *at = strchr(path + 1, '/'); at; at = strchr(at + 1, '/')) {
		*at = '\0';
		int code = mkdir(path, 0755) < 0 && errno != EEXIST ? -1 : 0;
		*at = '/';
		if (code < 0)
			return -1;
	}
	return 0;
}

static int place_make(struct tree *tree)
{
	if (parents_make(tree->path) < 0)
		return -1;
	if (!tree->is_file)
		return mkdir(tree->path, 0755) < 0 && errno != EEXIST ? -1 : 0;
	_cleanup_close_ int fd = open(tree->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	return fd < 0 ? -1 : 0;
}

static int trees_attach(struct trees *trees, struct error *error)
{
	for (size_t i = 0; i < trees->count; i++) {
		struct tree *tree = &trees->items[i];
		if (place_make(tree) < 0 || syscall(SYS_move_mount, tree->fd, "", AT_FDCWD,
						    tree->path, MOVE_MOUNT_F_EMPTY_PATH) < 0)
			return failed(error, "cannot mount", tree->path);
		close(tree->fd);
	}
	return 0;
}

/* Read before the new root covers anything. */
static int links_make(struct error *error)
{
	char target[PATH_MAX], path[PATH_MAX];

	for (size_t i = 0; shown[i]; i++) {
		ssize_t length =
			is_link(shown[i]) ? readlink(shown[i], target, sizeof(target) - 1) : -1;
		if (length < 0)
			continue;
		target[length] = '\0';
		snprintf(path, sizeof(path), ROOT "%s", shown[i]);
		if (symlink(target, path) < 0)
			return failed(error, "cannot create the link", path);
	}
	return 0;
}

static int root_enter(struct error *error)
{
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};

	if (chdir(ROOT) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 ||
		umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return failed(error, "cannot change the root to", ROOT);
	if (syscall(SYS_mount_setattr, AT_FDCWD, "/", 0, &attr, sizeof(attr)) < 0)
		return failed(error, "cannot make read-only", "the root");
	return 0;
}

int mounts_enter(int folder_fd, bool read_only, const char *program, struct error *error)
{
	static struct trees trees;
	int code = 0;

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return failed(error, "cannot make private", "the mounts");
	code = shown_add(&trees, error);
	if (code == 0)
		code = program_add(&trees, program, error);
	if (code == 0)
		code = folder_add(&trees, folder_fd, read_only, error);
	if (code == 0 && mount("none", ROOT, "tmpfs", MS_NOSUID | MS_NODEV, ROOT_OPTIONS) < 0)
		code = failed(error, "cannot mount a new root on", ROOT);
	if (code == 0)
		code = links_make(error);
	if (code == 0)
		code = trees_attach(&trees, error);
	return code == 0 ? root_enter(error) : code;
}
