#include "host-broker/storage/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "proto/base/cleanup.h"
#include "proto/host/folders.h"

int store_path(
	const struct paths *paths, const char *vm, const char *name, char ret[STORE_PATH_SIZE])
{
	int length = snprintf(
		ret, STORE_PATH_SIZE, "%s/%s%s%s", paths->vms, vm, name[0] ? "/" : "", name);

	return length < STORE_PATH_SIZE ? 0 : UV_ENAMETOOLONG;
}

static int store_check(int fd, const char *path, struct error *error)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return error_set(error, -errno, "%s: %s", path, uv_strerror(-errno));
	if (status.st_uid == geteuid() && !(status.st_mode & (S_IWGRP | S_IWOTH)))
		return 0;
	return error_set(error, UV_EPERM,
		"the folder %s belongs to another user, or others can write to it; what it holds "
		"cannot be trusted: remove it, or make it yours alone (chmod 700)",
		path);
}

int store_open(const struct paths *paths, const char *vm, struct error *error)
{
	char path[STORE_PATH_SIZE];
	int code = store_path(paths, vm, "", path);

	if (code == 0)
		code = folders_make(path);
	if (code < 0)
		return error_set(error, code, "cannot create the folder %s/%s: %s", paths->vms, vm,
			uv_strerror(code));
	_cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) {
		code = -errno;
		return error_set(
			error, code, "cannot open the folder %s: %s", path, uv_strerror(code));
	}
	code = store_check(fd, path, error);
	return code < 0 ? code : steal_fd(&fd);
}
