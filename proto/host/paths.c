#include "proto/host/paths.h"

#include <errno.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "proto/limits.h"

/* The longest file below RUNTIME/VM/. */
#define LONGEST_NAME "vsock/s_4294967295"

__attribute__((format(printf, 3, 4))) static bool print(
	char *out, size_t size, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	int length = vsnprintf(out, size, format, arguments);
	va_end(arguments);
	return length >= 0 && (size_t)length < size;
}

/* Relative or empty values are to be ignored (XDG Base Directory Specification). */
static bool is_absolute(const char *path)
{
	return path && path[0] == '/';
}

bool paths_home(char *ret, size_t size)
{
	const char *home = getenv("HOME");
	struct passwd entry, *found;
	char strings[4096];

	if (is_absolute(home))
		return print(ret, size, "%s", home);
	if (getpwuid_r(geteuid(), &entry, strings, sizeof(strings), &found) != 0 || !found ||
		!is_absolute(found->pw_dir))
		return false;
	return print(ret, size, "%s", found->pw_dir);
}

void paths_environment_get(struct paths_environment *ret)
{
	char run_user[64];
	struct stat status;

	*ret = (struct paths_environment){
		.uid = geteuid(),
		.xdg_runtime_dir = getenv("XDG_RUNTIME_DIR"),
		.xdg_config_home = getenv("XDG_CONFIG_HOME"),
		.xdg_data_home = getenv("XDG_DATA_HOME"),
		.xdg_state_home = getenv("XDG_STATE_HOME"),
	};
	if (!paths_home(ret->home, sizeof(ret->home)))
		ret->home[0] = '\0';
	(void)print(run_user, sizeof(run_user), "/run/user/%" PRIuMAX, (uintmax_t)ret->uid);
	ret->run_user_exists = lstat(run_user, &status) == 0 && S_ISDIR(status.st_mode) &&
			       status.st_uid == ret->uid;
}

static bool runtime_of_user(const struct paths_environment *environment, char ret[PATH_SIZE])
{
	if (is_absolute(environment->xdg_runtime_dir))
		return print(ret, PATH_SIZE, "%s/vmsilo", environment->xdg_runtime_dir);
	return print(ret, PATH_SIZE,
		environment->run_user_exists ? "/run/user/%" PRIuMAX "/vmsilo"
					     : "/tmp/vmsilo-%" PRIuMAX,
		(uintmax_t)environment->uid);
}

/* An XDG directory, or its default below the home. */
static int below_home(const char *xdg, const struct paths_environment *environment,
	const char *fallback, const char *name, char *ret, size_t size, struct error *error)
{
	const char *home = environment->home;
	bool fits;

	if (is_absolute(xdg))
		fits = print(ret, size, "%s/%s", xdg, name);
	else if (is_absolute(home))
		fits = print(ret, size, "%s/%s/%s", home, fallback, name);
	else
		return error_set(error, UV_ENOENT,
			"HOME is not set, and the system knows no user %" PRIuMAX
			": cannot find %s",
			(uintmax_t)environment->uid, name);
	return fits ? 0 : error_set(error, UV_ENAMETOOLONG, "the path of %s is too long", name);
}

static int check_runtime_length(const struct paths *paths, struct error *error)
{
	char longest_name[VM_NAME_MAX + 1];
	char path[PATH_SIZE];

	memset(longest_name, 'x', VM_NAME_MAX);
	longest_name[VM_NAME_MAX] = '\0';
	if (paths_runtime(paths, longest_name, LONGEST_NAME, path))
		return 0;
	return error_set(error, UV_ENAMETOOLONG,
		"the runtime directory %s is too long for the sockets below it: set "
		"XDG_RUNTIME_DIR "
		"to a shorter path",
		paths->runtime);
}

void paths_of_system(struct paths *ret)
{
	*ret = (struct paths){
		.runtime = "/run/vmsilo",
		.config = "/etc/vmsilo/vmsilo.yaml",
		.images = "/var/lib/vmsilo/images",
		.journals = "/var/log/vmsilo",
		.vms = "/var/lib/vmsilo/vms",
		.verified = "/var/lib/vmsilo/verified.json",
		.addresses = "/var/lib/vmsilo/addresses",
		.uids = "/var/lib/vmsilo/uids",
		.system = true,
	};
}

int paths_get(bool system, const struct paths_environment *environment, struct paths *ret,
	struct error *error)
{
	struct paths paths = {.system = false};
	int status;

	if (system) {
		paths_of_system(ret);
		return 0;
	}
	if (!runtime_of_user(environment, paths.runtime))
		return error_set(error, UV_ENAMETOOLONG,
			"XDG_RUNTIME_DIR is too long for a socket's path: set it to a shorter one");
	status = check_runtime_length(&paths, error);
	if (status == 0)
		status = below_home(environment->xdg_config_home, environment, ".config",
			"vmsilo/vmsilo.yaml", paths.config, sizeof(paths.config), error);
	if (status == 0)
		status = below_home(environment->xdg_data_home, environment, ".local/share",
			"vmsilo/images", paths.images, sizeof(paths.images), error);
	if (status == 0)
		status = below_home(environment->xdg_data_home, environment, ".local/share",
			"vmsilo/addresses", paths.addresses, sizeof(paths.addresses), error);
	if (status == 0)
		status = below_home(environment->xdg_state_home, environment, ".local/state",
			"vmsilo", paths.journals, sizeof(paths.journals), error);
	if (status == 0)
		status = below_home(environment->xdg_data_home, environment, ".local/share",
			"vmsilo/vms", paths.vms, sizeof(paths.vms), error);
	if (status == 0)
		status = below_home(environment->xdg_state_home, environment, ".local/state",
			"vmsilo/verified.json", paths.verified, sizeof(paths.verified), error);
	if (status == 0)
		*ret = paths;
	return status;
}

bool paths_runtime(const struct paths *paths, const char *vm, const char *name, char ret[PATH_SIZE])
{
	char path[PATH_SIZE];
	bool fits = vm ? print(path, sizeof(path), "%s/%s/%s", paths->runtime, vm, name)
		       : print(path, sizeof(path), "%s/%s", paths->runtime, name);

	if (fits)
		memcpy(ret, path, sizeof(path));
	return fits;
}

int paths_expand(const char *text, char *ret, size_t size)
{
	char home[4096];

	if (strncmp(text, "~/", 2) != 0)
		return print(ret, size, "%s", text) ? 0 : UV_ENAMETOOLONG;
	if (!paths_home(home, sizeof(home)))
		return UV_ENOENT;
	return print(ret, size, "%s%s", home, text + 1) ? 0 : UV_ENAMETOOLONG;
}

/* Where nothing is said, the machine's broker serves those who have not configured their own. */
static bool wants_system(const struct paths *user)
{
	struct paths system;
	char path[PATH_SIZE];

	if (user && access(user->config, F_OK) == 0)
		return false;
	paths_of_system(&system);
	return paths_runtime(&system, NULL, "broker.socket", path) && access(path, F_OK) == 0;
}

int paths_choose(struct paths *ret, struct error *error)
{
	const char *which = getenv("VMSILO_BROKER");
	struct paths_environment environment;

	if (!which)
		which = "";
	if (strcmp(which, "system") != 0 && strcmp(which, "user") != 0 && which[0])
		return error_set(
			error, UV_EINVAL, "VMSILO_BROKER is '%s'; expected system or user", which);
	bool user = strcmp(which, "user") == 0;
	int code = UV_ENOENT;
	if (strcmp(which, "system") != 0) {
		paths_environment_get(&environment);
		code = paths_get(false, &environment, ret, error);
		user = user || !wants_system(code == 0 ? ret : NULL);
	}
	if (user)
		return code;
	paths_of_system(ret);
	return 0;
}

static int folder_refuse(
	const char *folder, const struct stat *status, bool system, struct error *error)
{
	if (!S_ISDIR(status->st_mode))
		return error_set(error, UV_ENOTDIR, "%s is not a directory: remove it", folder);
	if (!system && status->st_uid != geteuid() && status->st_uid != 0)
		return error_set(error, UV_EPERM,
			"%s belongs to another user (uid %" PRIuMAX
			"): refusing to use it; set XDG_RUNTIME_DIR to a folder of your own",
			folder, (uintmax_t)status->st_uid);
	if (status->st_mode & (S_IWGRP | S_IWOTH))
		return error_set(error, UV_EPERM,
			"other users can write to %s: refusing to use it; run: chmod 700 %s",
			folder, folder);
	return 0;
}

int paths_check_folder(const char *folder, uid_t *ret_owner, struct error *error)
{
	struct paths system;
	struct stat status;

	/* lstat: in /tmp another user could have put a symbolic link there first. */
	if (lstat(folder, &status) < 0) {
		int code = -errno;
		return error_set(error, code, "%s: %s", folder, uv_strerror(code));
	}
	/* Only root can have made the machine's, for whoever runs it. */
	paths_of_system(&system);
	*ret_owner = status.st_uid;
	return folder_refuse(folder, &status, strcmp(folder, system.runtime) == 0, error);
}

int paths_make_runtime(const struct paths *paths, struct error *error)
{
	uid_t owner = (uid_t)-1;

	if (mkdir(paths->runtime, 0700) < 0 && errno != EEXIST)
		return error_set(error, -errno, "cannot create the runtime directory %s: %s",
			paths->runtime, strerror(errno));
	int code = paths_check_folder(paths->runtime, &owner, error);
	if (code < 0)
		return code;
	if (owner != geteuid())
		return error_set(error, UV_EPERM,
			"%s belongs to another user (uid %" PRIuMAX "): refusing to use it",
			paths->runtime, (uintmax_t)owner);
	if (paths->system && chmod(paths->runtime, 0755) < 0)
		return error_set(error, -errno, "%s: %s", paths->runtime, strerror(errno));
	return 0;
}
