#include "proto/host/userns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "proto/base/cleanup.h"

static int file_write(const char *path, const char *text)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) ? -errno : 0;
}

static int id_map(const char *path, unsigned int inside, unsigned int outside)
{
	char map[64];

	snprintf(map, sizeof(map), "%u %u 1", inside, outside);
	return file_write(path, map);
}

int userns_enter(int flags, uid_t uid, gid_t gid, struct error *error)
{
	uid_t own_uid = geteuid();
	gid_t own_gid = getegid();
	int code = unshare(CLONE_NEWUSER | flags) < 0 ? -errno : 0;

	/* Who may drop groups could gain what they are denied (user_namespaces(7)). */
	if (code == 0)
		code = file_write("/proc/self/setgroups", "deny");
	if (code == 0)
		code = id_map("/proc/self/uid_map", uid, own_uid);
	if (code == 0)
		code = id_map("/proc/self/gid_map", gid, own_gid);
	/* It is the system's choice, and one that its owner can change. */
	return code < 0 ? error_set(error, code,
				  "cannot create a user namespace: %s; it is forbidden by one of "
				  "the sysctls user.max_user_namespaces, "
				  "kernel.unprivileged_userns_clone and "
				  "kernel.apparmor_restrict_unprivileged_userns, or this is a "
				  "chroot",
				  uv_strerror(code))
			: 0;
}
