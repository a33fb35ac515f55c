#include "proto/io/broker-dial.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "proto/base/cleanup.h"
#include "proto/host/paths.h"
#include "proto/io/socket.h"

static int folder_of(const char *socket_path, char ret[PATH_SIZE], struct error *error)
{
	const char *slash = strrchr(socket_path, '/');
	size_t length = slash ? (size_t)(slash - socket_path) : 0;

	if (strlen(socket_path) >= PATH_SIZE)
		return error_set(error, UV_ENAMETOOLONG, "the path of %s is too long", socket_path);
	memcpy(ret, slash ? socket_path : ".", slash ? length : 1);
	ret[slash ? length : 1] = '\0';
	if (slash == socket_path)
		memcpy(ret, "/", 2);
	return 0;
}

static int peer_check(int fd, const char *socket_path, uid_t owner, struct error *error)
{
	struct socket_peer peer;
	int code = socket_peer(fd, &peer);

	if (code < 0)
		return error_set(error, code, "%s: cannot tell who listens there: %s", socket_path,
			uv_strerror(code));
	if (peer.uid == 0 || peer.uid == geteuid() || peer.uid == owner)
		return 0;
	return error_set(error, UV_EPERM,
		"another user (uid %" PRIuMAX ") listens on %s: refusing to connect to it",
		(uintmax_t)peer.uid, socket_path);
}

int broker_dial(const char *socket_path, struct error *error)
{
	char folder[PATH_SIZE];
	uid_t owner = (uid_t)-1;
	int code = folder_of(socket_path, folder, error);

	if (code == 0)
		code = paths_check_folder(folder, &owner, error);
	if (code < 0)
		return code;
	_cleanup_close_ int fd = socket_connect(socket_path);
	if (fd < 0)
		return error_set(error, fd, "cannot connect to the broker at %s: %s", socket_path,
			uv_strerror(fd));
	code = peer_check(fd, socket_path, owner, error);
	return code < 0 ? code : steal_fd(&fd);
}
