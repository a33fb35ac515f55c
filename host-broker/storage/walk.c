#include "host-broker/storage/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "proto/base/cleanup.h"

struct walk {
	char rest[PATH_MAX]; /* of the path, without a slash in front */
	int fd;              /* of the folder that was reached */
	uid_t owner;         /* in whose hands we are */
	bool shared;         /* others can write to that folder */
	unsigned int links;
};

static void folder_set(struct walk *walk, int fd)
{
	if (walk->fd >= 0)
		close(walk->fd);
	walk->fd = fd;
}

static int begin(struct walk *walk)
{
	size_t slashes = strspn(walk->rest, "/");

	memmove(walk->rest, walk->rest + slashes, strlen(walk->rest + slashes) + 1);
	folder_set(walk, open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
	walk->shared = false;
	return walk->fd < 0 ? -errno : 0;
}

/* Takes the next component; false when there is none. */
static bool component_take(struct walk *walk, char name[NAME_MAX + 1])
{
	size_t length = strcspn(walk->rest, "/");

	if (length == 0 || length > NAME_MAX)
		return false;
	memcpy(name, walk->rest, length);
	name[length] = '\0';
	size_t next = length + strspn(walk->rest + length, "/");
	memmove(walk->rest, walk->rest + next, strlen(walk->rest + next) + 1);
	return true;
}

static int link_follow(struct walk *walk, int fd)
{
	char target[PATH_MAX], whole[2 * PATH_MAX];
	ssize_t length = readlinkat(fd, "", target, sizeof(target) - 1);

	if (length < 0)
		return -errno;
	target[length] = '\0';
	if (++walk->links > WALK_LINKS_MAX)
		return UV_ELOOP;
	snprintf(whole, sizeof(whole), "%s%s%s", target, walk->rest[0] ? "/" : "", walk->rest);
	if (strlen(whole) >= sizeof(walk->rest))
		return UV_ENAMETOOLONG;
	memcpy(walk->rest, whole, strlen(whole) + 1);
	return target[0] == '/' ? begin(walk) : 0;
}

/* fd: of the component, taken. Returns 1 when it is the last. */
static int step(struct walk *walk, int fd)
{
	_cleanup_close_ int reached = fd;
	struct stat status;

	if (fstat(reached, &status) < 0)
		return -errno;
	if (walk->owner != 0 && status.st_uid != walk->owner)
		return UV_EPERM;
	walk->owner = status.st_uid;
	if (S_ISLNK(status.st_mode))
		return link_follow(walk, reached);
	walk->shared = S_ISDIR(status.st_mode) && (status.st_mode & (S_IWGRP | S_IWOTH));
	folder_set(walk, steal_fd(&reached));
	return walk->rest[0] == '\0';
}

static int walk_run(struct walk *walk, char name[NAME_MAX + 1])
{
	int code = begin(walk);

	while (code == 0) {
		if (!component_take(walk, name))
			return UV_EINVAL;
		int fd = openat(walk->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		code = fd < 0 ? -errno : step(walk, fd);
	}
	return code;
}

int walk_open(const char *path, int *ret_folder, char *ret_name, size_t name_size)
{
	char name[NAME_MAX + 1] = "";
	struct walk walk = {.fd = -1};

	*ret_folder = -1;
	if (snprintf(walk.rest, sizeof(walk.rest), "%s", path) >= (int)sizeof(walk.rest))
		return UV_ENAMETOOLONG;
	int code = walk_run(&walk, name);
	_cleanup_close_ int fd = walk.fd;
	if (code == 1)
		return steal_fd(&fd);
	if (code == UV_ENOENT && walk.rest[0] == '\0' && walk.owner == 0 && !walk.shared) {
		snprintf(ret_name, name_size, "%s", name);
		*ret_folder = steal_fd(&fd);
	}
	return code;
}
