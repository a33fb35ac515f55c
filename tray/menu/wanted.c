#include "tray/menu/wanted.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "proto/base/cleanup.h"
#include "proto/base/fd.h"
#include "proto/host/folders.h"

#define PREFIX "vmsilo."

static const char *const endings[WANTED_PLACES] = {
	[WANTED_ENTRY] = ".desktop",
	[WANTED_ICON] = ".png",
	[WANTED_FOLDER] = ".directory",
	[WANTED_MENU] = ".menu",
};

static struct wanted_file *file_add(struct wanted *wanted)
{
	if (wanted->count == wanted->room) {
		size_t room = wanted->room ? 2 * wanted->room : 64;
		struct wanted_file *files = realloc(wanted->files, room * sizeof(*files));
		if (!files)
			return NULL;
		wanted->files = files;
		wanted->room = room;
	}
	return &wanted->files[wanted->count++];
}

int wanted_add(struct wanted *wanted, enum wanted_place place, const char *name, void *content,
	size_t length)
{
	char *whole;
	struct wanted_file *file = NULL;

	if (content && asprintf(&whole, "%s%s", name, endings[place]) >= 0) {
		file = file_add(wanted);
		if (file)
			*file = (struct wanted_file){place, whole, content, length};
		else
			free(whole);
	}
	if (!file)
		free(content);
	return file ? 0 : UV_ENOMEM;
}

void wanted_finish(struct wanted *wanted)
{
	for (size_t i = 0; i < wanted->count; i++) {
		free(wanted->files[i].name);
		free(wanted->files[i].content);
	}
	free(wanted->files);
	*wanted = (struct wanted){0};
}

static bool is_wanted(const struct wanted *wanted, enum wanted_place place, const char *name)
{
	for (size_t i = 0; i < wanted->count; i++)
		if (wanted->files[i].place == place && strcmp(wanted->files[i].name, name) == 0)
			return true;
	return false;
}

static bool is_the_same(int folder, const struct wanted_file *file)
{
	_cleanup_close_ int fd = fd_open_regular(folder, file->name, O_NOFOLLOW);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0 || (size_t)status.st_size != file->length)
		return false;
	_cleanup_free_ uint8_t *there = malloc(file->length + 1);
	return there && read(fd, there, file->length + 1) == (ssize_t)file->length &&
	       memcmp(there, file->content, file->length) == 0;
}

/* Whole or not at all: a desktop reads it at any time. */
static int file_write(int folder, const struct wanted_file *file)
{
	char temporary[300];

	snprintf(temporary, sizeof(temporary), ".%s.new", file->name);
	unlinkat(folder, temporary, 0);
	_cleanup_close_ int fd =
		openat(folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	errno = ENOSPC; /* of a write that is short */
	if (write(fd, file->content, file->length) != (ssize_t)file->length ||
		renameat(folder, temporary, folder, file->name) < 0) {
		int code = -errno;
		unlinkat(folder, temporary, 0);
		return code;
	}
	return 0;
}

/* ---- what was written before ---- */

/* Whether the file is one of ours, of the VM or of any: the list is a file like others. */
static bool is_ours(const char *name, enum wanted_place place, const char *vm)
{
	size_t length = strlen(name), ending = strlen(endings[place]);
	size_t vm_length = vm ? strlen(vm) : 0;

	if (strncmp(name, PREFIX, strlen(PREFIX)) != 0 || length < ending || strchr(name, '/') ||
		strcmp(name + length - ending, endings[place]) != 0)
		return false;
	name += strlen(PREFIX);
	return !vm || (strncmp(name, vm, vm_length) == 0 && name[vm_length] == '.');
}

/* One line: a file that is wanted no more goes; one of a VM that is not asked about is said again.
 */
static void before_take(const struct wanted *wanted, const char *const folders[WANTED_PLACES],
	const char *vm, char *line, FILE *list, struct wanted_changes *changes)
{
	unsigned int place = (unsigned int)(line[0] - '0');
	const char *name = line + 2;
	char path[4400];

	line[strcspn(line, "\n")] = '\0';
	if (place >= WANTED_PLACES || line[1] != ' ' || !is_ours(name, place, NULL) ||
		is_wanted(wanted, place, name))
		return;
	if (!is_ours(name, place, vm)) {
		fprintf(list, "%u %s\n", place, name);
		return;
	}
	snprintf(path, sizeof(path), "%s/%s", folders[place], name);
	if (unlink(path) == 0) {
		changes->removed++;
		changes->entries |= place == WANTED_ENTRY;
	}
}

static int list_write(const struct wanted *wanted, const char *const folders[WANTED_PLACES],
	const char *path, const char *vm, struct wanted_changes *changes)
{
	char temporary[4200], line[512];
	int code = folders_make_for(path);

	snprintf(temporary, sizeof(temporary), "%s.new", path);
	int fd = fd_open_regular(AT_FDCWD, path, 0);
	FILE *before = fd < 0 ? NULL : fdopen(fd, "re");
	unlink(temporary);
	FILE *list = code < 0 ? NULL : fopen(temporary, "wxe");
	if (!list)
		code = code < 0 ? code : -errno;
	for (size_t i = 0; list && i < wanted->count; i++)
		fprintf(list, "%u %s\n", (unsigned)wanted->files[i].place, wanted->files[i].name);
	while (list && before && fgets(line, sizeof(line), before))
		before_take(wanted, folders, vm, line, list, changes);
	if (before)
		fclose(before);
	if (list && (fclose(list) == EOF || rename(temporary, path) < 0))
		code = -errno;
	return code;
}

/* ---- and what is now ---- */

static int files_write(const struct wanted *wanted, int folder, enum wanted_place place,
	struct wanted_changes *changes, const char **ret_name)
{
	for (size_t i = 0; i < wanted->count; i++) {
		const struct wanted_file *file = &wanted->files[i];
		if (file->place != place || is_the_same(folder, file))
			continue;
		int code = file_write(folder, file);
		if (code < 0) {
			*ret_name = file->name;
			return code;
		}
		changes->written++;
		changes->entries |= place == WANTED_ENTRY;
	}
	return 0;
}

static bool has_place(const struct wanted *wanted, enum wanted_place place)
{
	for (size_t i = 0; i < wanted->count; i++)
		if (wanted->files[i].place == place)
			return true;
	return false;
}

static int place_apply(const struct wanted *wanted, const char *path, enum wanted_place place,
	struct wanted_changes *changes, const char **ret_name)
{
	int code = has_place(wanted, place) ? folders_make(path) : 0;

	if (code < 0 || !has_place(wanted, place))
		return code;
	_cleanup_close_ int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return folder < 0 ? -errno : files_write(wanted, folder, place, changes, ret_name);
}

int wanted_apply(const struct wanted *wanted, const char *const folders[WANTED_PLACES],
	const char *list, const char *vm, struct wanted_changes *ret, char *ret_failed, size_t size)
{
	/* Icons first, menus last: what is named is there. */
	static const enum wanted_place order[] = {
		WANTED_ICON, WANTED_FOLDER, WANTED_ENTRY, WANTED_MENU};

	*ret = (struct wanted_changes){0};
	for (size_t i = 0; i < WANTED_PLACES; i++) {
		const char *name = "";
		int code = place_apply(wanted, folders[order[i]], order[i], ret, &name);
		if (code < 0) {
			snprintf(ret_failed, size, "%s/%s", folders[order[i]], name);
			return code;
		}
	}
	int code = list_write(wanted, folders, list, vm, ret);
	if (code < 0)
		snprintf(ret_failed, size, "%s", list);
	return code;
}
