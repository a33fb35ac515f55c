#include "proto/copy/destination.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "proto/base/cleanup.h"
#include "proto/base/text.h"
#include "proto/copy/remove.h"
#include "proto/copy/rules.h"

#define ATTEMPTS 16

void copy_destination_init(struct copy_destination *destination, enum copy_existing existing)
{
	*destination =
		(struct copy_destination){.existing = existing, .folder_fd = -1, .staging_fd = -1};
}

static int fail(struct error *error, const char *untrusted_path, int code, const char *what)
{
	char printable[700];

	text_escape(printable, sizeof(printable), untrusted_path, strlen(untrusted_path));
	return error_set(error, code, "%s: %s", printable, what);
}

/* ---- finding it ---- */

/* Path is to be the item's name: the folder above is where it goes. Cuts path. */
static int parent_open(struct copy_destination *destination, char *path, struct error *error)
{
	size_t length = strlen(path);

	while (length > 1 && path[length - 1] == '/') {
		path[--length] = '\0';
		destination->must_be_folder = true;
	}
	char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	if (!copy_name_is_allowed(name, strlen(name)))
		return fail(error, path, UV_EINVAL,
			"no such folder, and the path has no name for a new one");
	destination->name = strdup(name);
	if (!destination->name)
		return error_set(error, UV_ENOMEM, "out of memory");
	if (slash)
		slash[slash == path] = '\0';
	destination->folder_fd = open(slash ? path : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return destination->folder_fd < 0 ? fail(error, slash ? path : ".", -errno, strerror(errno))
					  : 0;
}

int copy_destination_open(
	struct copy_destination *destination, const char *path, size_t items, struct error *error)
{
	_cleanup_free_ char *copy = strdup(path);

	if (!copy)
		return error_set(error, UV_ENOMEM, "out of memory");
	destination->folder_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (destination->folder_fd >= 0)
		return 0;
	if ((errno != ENOENT && errno != ENOTDIR) || items > 1)
		return fail(
			error, path, -errno, errno == ENOENT ? "no such folder" : strerror(errno));
	return parent_open(destination, copy, error);
}

void copy_destination_finish(struct copy_destination *destination)
{
	if (destination->staging_fd >= 0) {
		close(destination->staging_fd);
		copy_remove(destination->folder_fd, destination->staging);
	}
	if (destination->folder_fd >= 0)
		close(destination->folder_fd);
	free(destination->name);
	copy_destination_init(destination, destination->existing);
}

const char *copy_destination_name(const struct copy_destination *destination, const char *name)
{
	return destination->name ? destination->name : name;
}

int copy_destination_choose(const struct copy_destination *destination, const char *name,
	bool is_folder, struct error *error)
{
	const char *target = copy_destination_name(destination, name);
	struct stat status;

	if (destination->must_be_folder && !is_folder)
		return fail(error, target, UV_ENOENT, "no such folder");
	if (fstatat(destination->folder_fd, target, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 1 : fail(error, target, -errno, strerror(errno));
	if (destination->existing == COPY_EXISTING_SKIP)
		return 0;
	if (S_ISDIR(status.st_mode))
		return fail(error, target, UV_EEXIST,
			"is a folder that exists already; folders are not merged or replaced");
	if (destination->existing == COPY_EXISTING_REFUSE)
		return fail(error, target, UV_EEXIST,
			"exists already; use --force to replace it or --no-clobber to skip it");
	if (is_folder)
		return fail(error, target, UV_EEXIST,
			"exists already, and a folder cannot replace a file");
	return 1;
}

/* ---- the staging folder ---- */

static void staging_name(char *ret, size_t size)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz012345";
	uint8_t random[6];

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		abort(); /* cannot happen for so few bytes: getrandom(2) */
	int used = snprintf(ret, size, ".vm-copy-");
	for (size_t i = 0; i < sizeof(random); i++)
		ret[used++] = letters[random[i] % 32];
	ret[used] = '\0';
}

int copy_destination_stage(struct copy_destination *destination, struct error *error)
{
	if (destination->staging_fd >= 0)
		close(destination->staging_fd);
	destination->staging_fd = -1;
	for (int i = 0; i < ATTEMPTS; i++) {
		staging_name(destination->staging, sizeof(destination->staging));
		if (mkdirat(destination->folder_fd, destination->staging, 0700) == 0)
			break;
		if (errno != EEXIST || i == ATTEMPTS - 1)
			return error_set(error, -errno,
				"cannot create a temporary folder there: %s", strerror(errno));
	}
	destination->staging_fd = openat(destination->folder_fd, destination->staging,
		O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (destination->staging_fd >= 0)
		return 0;
	int code =
		error_set(error, -errno, "cannot open the temporary folder: %s", strerror(errno));
	unlinkat(destination->folder_fd, destination->staging, AT_REMOVEDIR);
	return code;
}

/* ---- the end ---- */

/* Some file systems (NFS, some of FUSE) do not know the flag: there a look has to do, beforehand.
 */
static int move_new(int from_fd, const char *from, int to_fd, const char *to)
{
	struct stat status;

	if (renameat2(from_fd, from, to_fd, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	if (fstatat(to_fd, to, &status, AT_SYMLINK_NOFOLLOW) == 0)
		return UV_EEXIST;
	return renameat(from_fd, from, to_fd, to) < 0 ? -errno : 0;
}

/* A file for a file. What was there goes where the new one was. */
static int exchange(struct copy_destination *destination, const char *number, const char *target)
{
	struct stat old, new;

	if (fstatat(destination->folder_fd, target, &old, AT_SYMLINK_NOFOLLOW) < 0 ||
		fstatat(destination->staging_fd, number, &new, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (S_ISDIR(old.st_mode) || S_ISDIR(new.st_mode))
		return UV_EEXIST;
	return renameat2(destination->staging_fd, number, destination->folder_fd, target,
		       RENAME_EXCHANGE) < 0
		       ? -errno
		       : 0;
}

static int item_place(struct copy_destination *destination, struct copy_placed *item)
{
	char number[16];

	snprintf(number, sizeof(number), "%u", item->number);
	int code = move_new(destination->staging_fd, number, destination->folder_fd, item->name);
	if (code == UV_EEXIST && destination->existing == COPY_EXISTING_REPLACE) {
		code = exchange(destination, number, item->name);
		item->replaced = code == 0;
	}
	item->placed = code == 0;
	return code;
}

static void item_take_back(struct copy_destination *destination, const struct copy_placed *item)
{
	char number[16];

	snprintf(number, sizeof(number), "%u", item->number);
	if (item->replaced)
		renameat2(destination->staging_fd, number, destination->folder_fd, item->name,
			RENAME_EXCHANGE);
	else
		move_new(destination->folder_fd, item->name, destination->staging_fd, number);
}

int copy_destination_place(struct copy_destination *destination, struct copy_placed *items,
	size_t count, struct error *error)
{
	for (size_t i = 0; i < count; i++) {
		int code = item_place(destination, &items[i]);
		if (code == 0)
			continue;
		fail(error, items[i].name, code,
			code == UV_EEXIST ? "appeared there during the copy" : uv_strerror(code));
		while (i-- > 0)
			item_take_back(destination, &items[i]);
		return code;
	}
	return 0;
}
