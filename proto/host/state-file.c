#include "proto/host/state-file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "proto/base/cleanup.h"
#include "proto/host/folders.h"

static bool is_safe(const struct stat *status)
{
	return S_ISREG(status->st_mode) && status->st_uid == geteuid() &&
	       !(status->st_mode & (S_IWGRP | S_IWOTH));
}

static int read_failed(const char *path, int code, struct error *error)
{
	return error_set(error, code, "cannot read %s: %s", path, uv_strerror(code));
}

int state_file_read(const char *path, char **ret, struct error *error)
{
	_cleanup_free_ char *text = malloc(STATE_FILE_MAX + 1);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat status;
	ssize_t length = 0;

	if (!text)
		return read_failed(path, UV_ENOMEM, error);
	if (fd < 0 && errno != ENOENT)
		return read_failed(path, -errno, error);
	if (fd >= 0 && (fstat(fd, &status) < 0 || !is_safe(&status)))
		return error_set(error, UV_EPERM,
			"%s must be owned by the broker's user and writable by nobody else", path);
	if (fd >= 0)
		length = read(fd, text, STATE_FILE_MAX + 1);
	if (length < 0 || length > STATE_FILE_MAX)
		return read_failed(path, length < 0 ? -errno : UV_EFBIG, error);
	text[length] = '\0';
	*ret = steal_pointer(&text);
	return 0;
}

static int folder_make(const char *folder)
{
	int code = folders_make_for(folder);

	if (code < 0)
		return code;
	/* Images of everybody are in it. */
	return mkdir(folder, 0700) == 0 && chmod(folder, 0755) < 0 ? -errno : 0;
}

static int folder_open(const char *path)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');

	snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path), path);
	int code = folder_make(folder);
	int fd = code < 0 ? code : open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return code == 0 && fd < 0 ? -errno : fd;
}

static int write_whole(const char *path, const char *text)
{
	size_t length = strlen(text);
	_cleanup_close_ int fd =
		open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return -errno;
	ssize_t written = write(fd, text, length);
	if (written < 0)
		return -errno;
	if ((size_t)written != length)
		return UV_ENOSPC;
	/* It is no secret: others see by other ways what is in it. */
	return fchmod(fd, 0644) < 0 || fsync(fd) < 0 ? -errno : 0;
}

int state_file_write(const char *path, const char *text)
{
	_cleanup_close_ int folder = folder_open(path);
	char fresh[PATH_MAX];

	if (folder < 0)
		return folder;
	snprintf(fresh, sizeof(fresh), "%s.new", path);
	int code = write_whole(fresh, text);
	if (code == 0 && rename(fresh, path) < 0)
		code = -errno;
	if (code < 0)
		unlink(fresh);
	return code == 0 && fsync(folder) < 0 ? -errno : code;
}
