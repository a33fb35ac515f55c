#include "host-broker/shares/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <uv.h>

#include "proto/base/cleanup.h"

void share_place_format(
	const struct vm_config *vm, const struct share_config *share, char *out, size_t size)
{
	const char *colon = strrchr(vm->source, ':');

	snprintf(out, size, "%.*s:%u", colon ? (int)(colon - vm->source) : 0, vm->source,
		share->line);
}

int share_path_expand(
	const struct paths *paths, const char *text, char ret[PATH_MAX], struct error *error)
{
	if (text[0] == '~' && paths->system)
		return error_set(error, UV_EINVAL,
			"%s: the machine's broker has no home; expected an absolute path", text);
	int code = paths_expand(text, ret, PATH_MAX);
	return code < 0 ? error_set(error, code, "%s: %s", text, uv_strerror(code)) : 0;
}

/* ---- opening ---- */

static int open_there(const char *path, bool system)
{
	struct open_how how = {.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
		.resolve = system ? RESOLVE_NO_SYMLINKS : 0};
	int fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));

	return fd < 0 ? -errno : fd;
}

static int kind_check(const char *path, int fd, const struct stat *status, struct error *error)
{
	if (S_ISLNK(status->st_mode) || fd == UV_ELOOP)
		return error_set(error, UV_ELOOP,
			"%s is a symbolic link, or leads through one; name the folder itself",
			path);
	if (fd < 0)
		return error_set(error, fd, "cannot share %s: %s", path, uv_strerror(fd));
	return S_ISDIR(status->st_mode) ? 0
					: error_set(error, UV_ENOTDIR, "%s is not a folder", path);
}

static int folder_open(
	struct share_folder *folder, bool system, struct stat *status, struct error *error)
{
	_cleanup_close_ int fd = open_there(folder->path, system);
	char link[64];

	if (fd >= 0 && fstat(fd, status) < 0)
		return error_set(error, -errno, "%s: %s", folder->path, uv_strerror(-errno));
	int code = kind_check(folder->path, fd, status, error);
	if (code < 0)
		return code;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t length = readlink(link, folder->path, sizeof(folder->path) - 1);
	if (length < 0)
		return error_set(error, -errno, "%s: %s", folder->path, uv_strerror(-errno));
	folder->path[length] = '\0';
	folder->fd = steal_fd(&fd);
	return 0;
}

/* ---- what is refused ---- */

int share_protected_check(const struct protected_places *places, const char *path, bool read_only,
	struct error *error)
{
	struct protected_clash clash;

	if (!protected_find(places, path, read_only, &clash))
		return 0;
	return error_set(error, UV_EPERM,
		"%s %s %s (%s), of which no VM may have a share; name another folder", path,
		clash.contains ? "contains" : "belongs to", clash.what, clash.path);
}

static int readable_check(const struct share_folder *folder, struct error *error)
{
	if (syscall(SYS_faccessat2, folder->fd, "", R_OK | X_OK, AT_EMPTY_PATH | AT_EACCESS) == 0)
		return 0;
	return error_set(error, -errno, "cannot read %s: %s", folder->path, uv_strerror(-errno));
}

/* The folder is its owner's, so nobody gains by it; root's is an administrator's to lend. */
static int identity_choose(struct share_folder *folder, const struct share_config *share,
	uid_t owner, struct error *error)
{
	char number[16];

	snprintf(number, sizeof(number), "%u", owner);
	if (!share->run_as[0] && owner == 0)
		return error_set(error, UV_EPERM,
			"%s belongs to root, as whom no guest is served; set the share's run_as to "
			"another user who may use it",
			folder->path);
	int code = identity_of_person(
		share->run_as[0] ? share->run_as : number, &folder->identity, error);
	return code < 0 ? error_prefix(error, "run_as") : 0;
}

int share_folder_open(const struct protected_places *places, const struct vm_config *vm,
	const struct share_config *share, struct share_folder *ret, struct error *error)
{
	bool system = places->paths->system;
	struct stat status = {0};
	char place[PATH_MAX];

	*ret = (struct share_folder){.fd = -1};
	int code = share_path_expand(places->paths, share->path, ret->path, error);
	if (code == 0)
		code = folder_open(ret, system, &status, error);
	if (code == 0)
		code = share_protected_check(places, ret->path, share->read_only, error);
	if (code == 0)
		code = system ? identity_choose(ret, share, status.st_uid, error)
			      : readable_check(ret, error);
	if (code == 0)
		return 0;
	if (ret->fd >= 0)
		close(ret->fd);
	share_place_format(vm, share, place, sizeof(place));
	return error_prefix(error, "%s", place);
}
