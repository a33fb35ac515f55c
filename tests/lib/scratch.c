#include "tests/lib/scratch.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/copy/remove.h"
#include "tests/lib/test.h"

static void place(const struct scratch *scratch, const char *path, char ret[SCRATCH_PATH_SIZE])
{
	assert_true(
		snprintf(ret, SCRATCH_PATH_SIZE, "%s/%s", scratch->root, path) < SCRATCH_PATH_SIZE);
}

void scratch_init(struct scratch *scratch)
{
	snprintf(scratch->root, sizeof(scratch->root), "/tmp/test-scratch-XXXXXX");
	assert_non_null(mkdtemp(scratch->root));
}

void scratch_finish(struct scratch *scratch)
{
	copy_remove(AT_FDCWD, scratch->root);
}

static void folders_make(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
}

void scratch_folder(const struct scratch *scratch, const char *path)
{
	char at[SCRATCH_PATH_SIZE];

	place(scratch, path, at);
	folders_make(at);
	mkdir(at, 0755);
}

void scratch_write(const struct scratch *scratch, const char *path, const char *text)
{
	char at[SCRATCH_PATH_SIZE];

	place(scratch, path, at);
	folders_make(at);
	int fd = open(at, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

void scratch_link(const struct scratch *scratch, const char *path, const char *target)
{
	char at[SCRATCH_PATH_SIZE];

	place(scratch, path, at);
	folders_make(at);
	assert_int_equal(symlink(target, at), 0);
}

bool scratch_has(const struct scratch *scratch, const char *path)
{
	char at[SCRATCH_PATH_SIZE];

	place(scratch, path, at);
	return access(at, F_OK) == 0;
}

const char *scratch_read(struct scratch *scratch, const char *path)
{
	char at[SCRATCH_PATH_SIZE];

	place(scratch, path, at);
	int fd = open(at, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd >= 0 ? read(fd, scratch->text, sizeof(scratch->text) - 1) : 0;
	scratch->text[length > 0 ? length : 0] = '\0';
	if (fd >= 0)
		close(fd);
	return scratch->text;
}

const char *scratch_target(struct scratch *scratch, const char *path)
{
	char at[SCRATCH_PATH_SIZE];

	place(scratch, path, at);
	ssize_t length = readlink(at, scratch->text, sizeof(scratch->text) - 1);
	scratch->text[length > 0 ? length : 0] = '\0';
	return scratch->text;
}
