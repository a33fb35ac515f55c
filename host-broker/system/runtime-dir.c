#include "host-broker/system/runtime-dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "proto/base/cleanup.h"

/* RUNTIME/VM, or RUNTIME/VM/NAME. */
static int make(const struct paths *paths, const char *vm, const char *name, struct error *error)
{
	char path[PATH_SIZE];
	bool fits =
		name ? paths_runtime(paths, vm, name, path) : paths_runtime(paths, NULL, vm, path);

	if (!fits)
		return error_set(error, UV_ENAMETOOLONG, "vm \"%s\": the path %s/%s is too long",
			vm, paths->runtime, vm);
	if (mkdir(path, 0700) < 0 && errno != EEXIST) {
		int code = -errno;
		return error_set(error, code, "vm \"%s\": cannot create the folder %s: %s", vm,
			path, uv_strerror(code));
	}
	/* The broker's umask is the strictest. */
	if (paths->system && chmod(path, 0755) < 0) {
		int code = -errno;
		return error_set(error, code, "vm \"%s\": %s: %s", vm, path, uv_strerror(code));
	}
	return 0;
}

int runtime_dir_give(const struct paths *paths, const char *vm, const char *name,
	const struct identity *identity)
{
	char path[PATH_SIZE];
	struct stat status;

	if (!paths_runtime(paths, vm, name, path))
		return UV_ENAMETOOLONG;
	_cleanup_close_ int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &status) < 0)
		return -errno;
	bool folder = S_ISDIR(status.st_mode);
	bool ours = status.st_uid == geteuid() || status.st_uid == identity->uid;
	if (!ours || (!folder && !(S_ISSOCK(status.st_mode) && status.st_nlink == 1)))
		return UV_EPERM;
	return fchownat(fd, "", identity->uid, identity->gid, AT_EMPTY_PATH) < 0 ? -errno : 0;
}

int runtime_dir_make(const struct paths *paths, const char *vm, struct error *error)
{
	int code = make(paths, vm, NULL, error);

	return code < 0 ? code : make(paths, vm, "vsock", error);
}

int runtime_dir_make_monitor(const struct paths *paths, const char *vm, struct error *error)
{
	return make(paths, vm, RUNTIME_DIR_MONITOR, error);
}

static bool is_socket(int folder, const char *name)
{
	struct stat status;

	return fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISSOCK(status.st_mode);
}

/* Removes the sockets in RUNTIME/VM/NAME, but for the one called kept. Nothing else is touched, and
 * nothing outside: the folder may be that of a process which was taken over. */
static void sockets_remove(
	const struct paths *paths, const char *vm, const char *name, const char *kept)
{
	char path[PATH_SIZE];
	bool fits =
		name ? paths_runtime(paths, vm, name, path) : paths_runtime(paths, NULL, vm, path);
	int fd = fits ? open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!folder) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((entry = readdir(folder)))
		if (strcmp(entry->d_name, kept) != 0 && is_socket(fd, entry->d_name))
			unlinkat(fd, entry->d_name, 0);
	closedir(folder);
}

static void remove_path(const struct paths *paths, const char *vm, const char *name,
	int (*remove_one)(const char *))
{
	char path[PATH_SIZE];

	if (paths_runtime(paths, vm, name, path))
		remove_one(path);
}

void runtime_dir_clean(const struct paths *paths, const char *vm)
{
	static const char *const folders[] = {"vsock", RUNTIME_DIR_MONITOR};

	sockets_remove(paths, vm, NULL, "command.socket");
	remove_path(paths, vm, "state", unlink);
	remove_path(paths, vm, "state.new", unlink);
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		sockets_remove(paths, vm, folders[i], "");
		remove_path(paths, vm, folders[i], rmdir);
	}
}

void runtime_dir_remove(const struct paths *paths, const char *vm)
{
	remove_path(paths, vm, "command.socket", unlink);
	remove_path(paths, NULL, vm, rmdir);
}
