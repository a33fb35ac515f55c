#include "guest-agent/setup/home.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest-agent/setup/files.h"
#include "proto/base/cleanup.h"

#define LOST_FOUND "lost+found"
#define SKEL_DEPTH_MAX 8
#define SKEL_FILE_MAX (1 << 30)

struct skel {
	const struct setup_user *user;
	unsigned int depth;
};

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* But for what a new file system has of its own. */
static bool is_empty(int fd)
{
	int again = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = again >= 0 ? fdopendir(again) : NULL;
	const struct dirent *item;
	bool empty = folder;

	while (empty && (item = readdir(folder)))
		empty = is_dots(item->d_name) || strcmp(item->d_name, LOST_FOUND) == 0;
	if (folder)
		closedir(folder);
	else if (again >= 0)
		close(again);
	return empty;
}

/* What e2fsck saves goes there, and it makes the folder when it needs one. */
static void lost_found_remove(int home)
{
	struct stat status;

	if (fstatat(home, LOST_FOUND, &status, AT_SYMLINK_NOFOLLOW) == 0 && status.st_uid == 0)
		unlinkat(home, LOST_FOUND, AT_REMOVEDIR);
}

static int file_copy(const struct skel *skel, int from, int to, const char *name)
{
	struct stat status;
	_cleanup_close_ int in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	_cleanup_close_ int out =
		in < 0 || fstat(in, &status) < 0
			? -1
			: openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (out < 0)
		return -errno;
	while (sendfile(out, in, NULL, SKEL_FILE_MAX) > 0)
		;
	return fchown(out, skel->user->uid, skel->user->gid) < 0 ||
			       fchmod(out, status.st_mode & 0777) < 0
		       ? -errno
		       : 0;
}

static int folder_copy(const struct skel *skel, int from, int to);

static int subfolder_copy(const struct skel *skel, int from, int to, const char *name)
{
	const struct skel inner = {.user = skel->user, .depth = skel->depth + 1};

	if (inner.depth > SKEL_DEPTH_MAX || mkdirat(to, name, 0755) < 0)
		return -errno;
	_cleanup_close_ int in = openat(from, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int out = openat(to, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (in < 0 || out < 0 || fchown(out, skel->user->uid, skel->user->gid) < 0)
		return -errno;
	return folder_copy(&inner, in, out);
}

static int item_copy(const struct skel *skel, int from, int to, const char *name)
{
	struct stat status;

	if (is_dots(name))
		return 0;
	if (fstatat(from, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (S_ISDIR(status.st_mode))
		return subfolder_copy(skel, from, to, name);
	return S_ISREG(status.st_mode) ? file_copy(skel, from, to, name) : 0;
}

static int folder_copy(const struct skel *skel, int from, int to)
{
	int again = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = again >= 0 ? fdopendir(again) : NULL;
	const struct dirent *item;
	int code = folder ? 0 : -errno;

	while (code == 0 && folder && (item = readdir(folder)))
		code = item_copy(skel, from, to, item->d_name);
	if (folder)
		closedir(folder);
	else if (again >= 0)
		close(again);
	return code;
}

static int skel_copy(const char *root, int home, const struct setup_user *user)
{
	const struct skel skel = {.user = user};
	char place[PATH_MAX];

	if (!files_path(root, "etc/skel", place))
		return -ENAMETOOLONG;
	_cleanup_close_ int fd = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	return folder_copy(&skel, fd, home);
}

/* Itself last, so that one that was interrupted is done again. */
static int tree_give(char *place, uid_t before, const struct setup_user *user)
{
	char *const places[] = {place, NULL};
	FTS *tree = fts_open(places, FTS_PHYSICAL | FTS_XDEV | FTS_NOCHDIR, NULL);
	const FTSENT *entry;
	int code = tree ? 0 : -errno;

	while (code == 0 && tree && (entry = fts_read(tree))) {
		bool is_his = entry->fts_info != FTS_NS && entry->fts_info != FTS_D &&
			      entry->fts_statp->st_uid == before;
		if (is_his && lchown(entry->fts_path, user->uid, user->gid) < 0)
			code = -errno;
	}
	if (tree)
		fts_close(tree);
	return code;
}

static int folder_give(char *place, const struct setup_user *user, int *ret_fd)
{
	struct stat status;
	_cleanup_close_ int fd = open(place, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &status) < 0)
		return -errno;
	int code = 0;
	if (status.st_uid != user->uid && status.st_uid >= USER_UID_MIN)
		code = tree_give(place, status.st_uid, user);
	else if (status.st_uid != user->uid || status.st_gid != user->gid)
		code = fchown(fd, user->uid, user->gid) < 0 ? -errno : 0;
	if (code < 0)
		return code;
	*ret_fd = steal_fd(&fd);
	return 0;
}

void home_make(const char *root, const struct setup_user *user, struct problems *problems)
{
	_cleanup_close_ int fd = -1;
	char place[PATH_MAX];
	int code = files_path(root, user->home + 1, place)
			   ? files_folder(root, user->home + 1, 0700)
			   : -ENAMETOOLONG;

	if (code == 0)
		code = folder_give(place, user, &fd);
	if (code == 0)
		lost_found_remove(fd);
	/* Nobody has been there: a new file system is open to all. */
	if (code == 0 && is_empty(fd))
		code = fchmod(fd, 0700) < 0 ? -errno : skel_copy(root, fd, user);
	if (code < 0)
		problems_add(problems, "cannot make the home %s: %s", user->home, strerror(-code));
}
