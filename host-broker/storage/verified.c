#include "host-broker/storage/verified.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "proto/base/cleanup.h"
#include "proto/base/fd.h"
#include "proto/host/folders.h"

#define VERSION 1
#define LIST_MAX (1024 * 1024) /* bytes */
#define TIME_SIZE 48

static const char *time_format(const struct timespec *time, char out[TIME_SIZE])
{
	snprintf(out, TIME_SIZE, "%lld.%09ld", (long long)time->tv_sec, time->tv_nsec);
	return out;
}

static json_t *entry_make(const struct stat *status, const char *sum)
{
	char changed[TIME_SIZE], modified[TIME_SIZE];

	return json_pack("{s:s, s:I, s:I, s:I, s:s, s:s}", "sum", sum, "device",
		(json_int_t)status->st_dev, "inode", (json_int_t)status->st_ino, "size",
		(json_int_t)status->st_size, "changed", time_format(&status->st_ctim, changed),
		"modified", time_format(&status->st_mtim, modified));
}

static bool is_ours(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == geteuid() &&
	       !(status.st_mode & (S_IWGRP | S_IWOTH)) && status.st_size <= LIST_MAX;
}

/* The files; empty when there is no list that could be believed. NULL: out of memory. */
static json_t *list_read(const char *list)
{
	_cleanup_close_ int fd = fd_open_regular(AT_FDCWD, list, O_NOFOLLOW);
	json_t *root = fd >= 0 && is_ours(fd) ? json_loadfd(fd, 0, NULL) : NULL;
	json_t *files = json_object_get(root, "files");

	if (json_integer_value(json_object_get(root, "version")) != VERSION ||
		!json_is_object(files))
		files = json_object();
	else
		json_incref(files);
	json_decref(root);
	return files;
}

bool verified_has(const char *list, const char *path, const struct stat *status, const char *sum)
{
	json_t *files = list_read(list);
	json_t *wanted = entry_make(status, sum);
	bool has = wanted && json_equal(json_object_get(files, path), wanted);

	json_decref(wanted);
	json_decref(files);
	return has;
}

static void gone_forget(json_t *files)
{
	const char *path;
	json_t *entry;
	void *next;

	json_object_foreach_safe(files, next, path,
		entry) if (access(path, F_OK) < 0 || json_object_size(files) >= VERIFIED_MAX)
		json_object_del(files, path);
}

static int list_write(const char *list, const json_t *files)
{
	char fresh[PATH_MAX];
	json_t *root = json_pack("{s:i, s:O}", "version", VERSION, "files", files);
	int length = snprintf(fresh, sizeof(fresh), "%s.new", list);
	int code = root && length > 0 && (size_t)length < sizeof(fresh) ? folders_make_for(list)
									: UV_ENOMEM;
	_cleanup_close_ int fd =
		code < 0 ? -1
			 : open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (code == 0 && fd < 0)
		code = -errno;
	if (code == 0 && json_dumpfd(root, fd, JSON_INDENT(1)) < 0)
		code = UV_EIO;
	if (code == 0 && rename(fresh, list) < 0)
		code = -errno;
	json_decref(root);
	return code;
}

int verified_add(const char *list, const char *path, const struct stat *status, const char *sum)
{
	json_t *files = list_read(list);
	json_t *entry = entry_make(status, sum);

	if (!files || !entry) {
		json_decref(files);
		json_decref(entry);
		return UV_ENOMEM;
	}
	gone_forget(files);
	int code =
		json_object_set_new(files, path, entry) < 0 ? UV_ENOMEM : list_write(list, files);
	json_decref(files);
	return code;
}
