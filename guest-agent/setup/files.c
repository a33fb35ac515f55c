#include "guest-agent/setup/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/base/cleanup.h"

bool files_path(const char *root, const char *path, char ret[PATH_MAX])
{
	return snprintf(ret, PATH_MAX, "%s/%s", strcmp(root, "/") == 0 ? "" : root, path) <
	       PATH_MAX;
}

char *files_read(const char *root, const char *path)
{
	char place[PATH_MAX];
	struct stat status = {0};

	if (!files_path(root, path, place))
		return NULL;
	_cleanup_close_ int fd = open(place, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return strdup("");
	if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) || status.st_size > FILES_SIZE_MAX)
		return NULL;
	char *text = malloc((size_t)status.st_size + 1);
	ssize_t length = text ? read(fd, text, (size_t)status.st_size) : 0;
	if (text)
		text[length > 0 ? length : 0] = '\0';
	return text;
}

bool files_has(const char *root, const char *path)
{
	char place[PATH_MAX];

	return files_path(root, path, place) && access(place, F_OK) == 0;
}

static bool says(const char *root, const char *path, const char *text)
{
	_cleanup_free_ char *now = files_has(root, path) ? files_read(root, path) : NULL;

	return now && strcmp(now, text) == 0;
}

/* As the one that it replaces. */
static int keep_owner(int fd, const char *place, mode_t mode)
{
	struct stat status = {.st_mode = mode, .st_uid = geteuid(), .st_gid = getegid()};

	if (stat(place, &status) < 0 && errno != ENOENT)
		return -1;
	return fchown(fd, status.st_uid, status.st_gid) < 0 ? -1
							    : fchmod(fd, status.st_mode & 07777);
}

static int fill(int fd, const char *text)
{
	size_t length = strlen(text), done = 0;

	while (done < length) {
		ssize_t count = write(fd, text + done, length - done);
		if (count < 0 && errno != EINTR)
			return -1;
		done += count > 0 ? (size_t)count : 0;
	}
	return 0;
}

int files_write(const char *root, const char *path, const char *text, mode_t mode)
{
	char place[PATH_MAX], beside[PATH_MAX];

	if (says(root, path, text))
		return 0;
	if (!files_path(root, path, place) ||
		snprintf(beside, sizeof(beside), "%s.vmsilo", place) >= (int)sizeof(beside))
		return -ENAMETOOLONG;
	unlink(beside);
	_cleanup_close_ int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	if (fill(fd, text) == 0 && keep_owner(fd, place, mode) == 0 && rename(beside, place) == 0)
		return 0;
	int code = -errno;
	unlink(beside);
	return code;
}

int files_link(const char *root, const char *path, const char *target)
{
	char place[PATH_MAX], beside[PATH_MAX], now[PATH_MAX];

	if (!files_path(root, path, place) ||
		snprintf(beside, sizeof(beside), "%s.vmsilo", place) >= (int)sizeof(beside))
		return -ENAMETOOLONG;
	ssize_t length = readlink(place, now, sizeof(now) - 1);
	now[length > 0 ? length : 0] = '\0';
	if (strcmp(now, target) == 0)
		return 0;
	unlink(beside);
	if (symlink(target, beside) == 0 && rename(beside, place) == 0)
		return 0;
	int code = -errno;
	unlink(beside);
	return code;
}

static int folder_make(const char *place, mode_t mode)
{
	return mkdir(place, mode) < 0 && errno != EEXIST ? -errno : 0;
}

int files_folder(const char *root, const char *path, mode_t mode)
{
	char place[PATH_MAX];
	int code = files_path(root, path, place) ? 0 : -ENAMETOOLONG;
	char *slash = code == 0 ? strchr(place + strlen(place) - strlen(path), '/') : NULL;

	for (; code == 0 && slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		code = folder_make(place, 0755);
		*slash = '/';
	}
	return code < 0 ? code : folder_make(place, mode);
}
