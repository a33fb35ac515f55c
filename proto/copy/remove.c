#include "proto/copy/remove.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "proto/base/cleanup.h"
#include "proto/copy/rules.h"

/* The staging folder itself, and one for each that may lie within one another in it. */
#define LEVELS (COPY_DEPTH_MAX + 1)

struct level {
	DIR *dir;
	char name[COPY_NAME_MAX + 1];
};

static DIR *folder_open(int dir_fd, const char *name)
{
	int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	/* It came without that right. Not through a link: it is a folder that we made. */
	if (fd < 0 && errno == EACCES && fchmodat(dir_fd, name, 0700, 0) == 0)
		fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	fchmod(fd, 0700);
	DIR *dir = fdopendir(fd);
	if (!dir)
		close(fd);
	return dir;
}

struct remover {
	struct level levels[LEVELS];
	int depth;
	int result; /* what went wrong first */
};

static void note(struct remover *remover)
{
	if (remover->result == 0)
		remover->result = -errno;
}

static void folder_enter(struct remover *remover, int dir_fd, const char *name)
{
	struct level *level = &remover->levels[remover->depth];

	if (remover->depth == LEVELS || !(level->dir = folder_open(dir_fd, name))) {
		note(remover);
		return;
	}
	snprintf(level->name, sizeof(level->name), "%s", name);
	remover->depth++;
}

static void folder_leave(struct remover *remover, int dir_fd)
{
	struct level *level = &remover->levels[--remover->depth];

	closedir(level->dir);
	if (remover->depth > 0)
		dir_fd = dirfd(remover->levels[remover->depth - 1].dir);
	if (unlinkat(dir_fd, level->name, AT_REMOVEDIR) < 0)
		note(remover);
}

static void entry_remove(struct remover *remover, int dir_fd, const char *name)
{
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || unlinkat(dir_fd, name, 0) == 0)
		return;
	/* EISDIR is Linux' answer for a folder, EPERM is POSIX'. */
	if (errno != EISDIR && errno != EPERM)
		note(remover);
	else if (unlinkat(dir_fd, name, AT_REMOVEDIR) < 0)
		folder_enter(remover, dir_fd, name);
}

int copy_remove(int dir_fd, const char *name)
{
	_cleanup_free_ struct remover *remover = calloc(1, sizeof(*remover));

	if (!remover)
		return UV_ENOMEM;
	folder_enter(remover, dir_fd, name);
	while (remover->depth > 0) {
		DIR *dir = remover->levels[remover->depth - 1].dir;
		const struct dirent *entry = readdir(dir);
		if (entry)
			entry_remove(remover, dirfd(dir), entry->d_name);
		else
			folder_leave(remover, dir_fd);
	}
	return remover->result;
}
