#include "host-broker/image/generation.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "proto/base/cleanup.h"

#define TARGET "generations/"
#define TARGET_SIZE 64
#define KEPT "kept"

/* "generations/N", N without zeros in front. */
static int target_parse(const char *text, unsigned int *ret)
{
	char again[TARGET_SIZE];
	unsigned int number;

	if (sscanf(text, TARGET "%9u", &number) != 1 || number == 0)
		return UV_EINVAL;
	snprintf(again, sizeof(again), TARGET "%u", number);
	if (strcmp(again, text) != 0)
		return UV_EINVAL;
	*ret = number;
	return 0;
}

int generation_current(const char *image_dir, const char *image, unsigned int *ret)
{
	char path[PATH_MAX], target[TARGET_SIZE];
	int printed = snprintf(path, sizeof(path), "%s/%s/current", image_dir, image);

	*ret = 0;
	if (printed < 0 || (size_t)printed >= sizeof(path))
		return UV_ENAMETOOLONG;
	ssize_t length = readlink(path, target, sizeof(target) - 1);
	if (length < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
	target[length] = '\0';
	return target_parse(target, ret);
}

int generation_folder(
	const char *image_dir, const char *image, unsigned int generation, char *ret, size_t size)
{
	int length = generation == 0 ? snprintf(ret, size, "%s/%s", image_dir, image)
				     : snprintf(ret, size, "%s/%s/" TARGET "%u", image_dir, image,
					       generation);

	return length < 0 || (size_t)length >= size ? UV_ENAMETOOLONG : 0;
}

/* FOLDER/kept/VM */
static int kept_path(const char *folder, const char *vm, char ret[PATH_MAX])
{
	int length = snprintf(ret, PATH_MAX, "%s/" KEPT "/%s", folder, vm);

	return length < 0 || length >= PATH_MAX ? UV_ENAMETOOLONG : 0;
}

int generation_keep(const char *folder, const char *vm)
{
	char path[PATH_MAX];
	int code = kept_path(folder, vm, path);

	if (code < 0)
		return code;
	char *slash = strrchr(path, '/');
	*slash = '\0';
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return -errno;
	*slash = '/';
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
	return fd < 0 ? -errno : 0;
}

void generation_let_go(const char *folder, const char *vm)
{
	char path[PATH_MAX];

	if (kept_path(folder, vm, path) == 0)
		unlink(path);
}
