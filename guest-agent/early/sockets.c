#include "guest-agent/early/sockets.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "proto/base/cleanup.h"
#include "proto/base/log.h"

#define SYSTEM_BUS "/run/dbus/system_bus_socket"
#define WANTED "/run/systemd/system/sockets.target.wants"
#define HELD "/run/vmsilo/user-bus"
#define PATH_SIZE 128

static int socket_listen(const char *path, uid_t uid)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	/* Anybody may connect, as with systemd's: a bus asks who comes. */
	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
		chmod(path, 0666) < 0 || chown(path, uid, uid) < 0 || listen(fd, SOMAXCONN) < 0) {
		log_error(NULL, "%s: %s", path, strerror(errno));
		return -1;
	}
	return steal_fd(&fd);
}

/* logind.conf(5), RuntimeDirectorySize=: a tenth of the memory. */
static void runtime_folder_make(const char *path, uid_t uid)
{
	char options[PATH_SIZE];

	mkdir("/run/user", 0755);
	mkdir(path, 0700);
	snprintf(options, sizeof(options), "mode=0700,uid=%u,gid=%u,size=10%%", uid, uid);
	if (mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, options) < 0)
		log_error(NULL, "mount %s: %s", path, strerror(errno));
}

static void unit_want(const char *name, uid_t uid)
{
	char path[PATH_SIZE], unit[PATH_SIZE];

	snprintf(path, sizeof(path), WANTED "/%s@%u.socket", name, uid);
	snprintf(unit, sizeof(unit), "/etc/systemd/system/%s@.socket", name);
	if (symlink(unit, path) < 0)
		log_error(NULL, "%s: %s", path, strerror(errno));
}

static void units_want(uid_t uid)
{
	static const char *const folders[] = {"/run/systemd", "/run/systemd/system", WANTED};

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		mkdir(folders[i], 0755);
	unit_want("vmsilo-user-bus", uid);
	unit_want("vmsilo-user-manager", uid);
}

/* The user's own: systemd makes another in its place. */
static int manager_listen(uid_t uid)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "/run/user/%u/systemd", uid);
	if (mkdir(path, 0755) < 0 || chown(path, uid, uid) < 0) {
		log_error(NULL, "%s: %s", path, strerror(errno));
		return -1;
	}
	snprintf(path, sizeof(path), "/run/user/%u/systemd/private", uid);
	return socket_listen(path, uid);
}

void early_sockets_listen(struct early_sockets *sockets, uid_t uid)
{
	char path[PATH_SIZE];

	mkdir("/run/dbus", 0755);
	sockets->fds[0] = socket_listen(SYSTEM_BUS, 0);
	snprintf(path, sizeof(path), "/run/user/%u", uid);
	runtime_folder_make(path, uid);
	snprintf(path, sizeof(path), "/run/user/%u/bus", uid);
	sockets->fds[1] = socket_listen(path, uid);
	sockets->fds[2] = manager_listen(uid);
	units_want(uid);
	/* For vmsilo-pam-session. */
	if (sockets->fds[1] >= 0 && symlink(path, HELD) < 0)
		log_error(NULL, HELD ": %s", strerror(errno));
}

void early_sockets_close(struct early_sockets *sockets)
{
	for (size_t i = 0; i < EARLY_SOCKETS; i++)
		if (sockets->fds[i] >= 0)
			close(sockets->fds[i]);
}
