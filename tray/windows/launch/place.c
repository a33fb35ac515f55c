#include "tray/windows/launch/place.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include "proto/base/cleanup.h"
#include "proto/host/desk-socket.h"
#include "proto/io/socket.h"

#define TRY_MS 20

/* One that serves is there: it accepts, or will. */
static bool is_served(const struct place *place)
{
	_cleanup_close_ int fd = socket_connect(place->socket);

	return fd >= 0;
}

static int folder_make(const struct paths *paths, struct error *error)
{
	char folder[PATH_SIZE];
	int code = paths_make_runtime(paths, error);

	if (code < 0)
		return code;
	if (!paths_runtime(paths, NULL, DESK_FOLDER, folder))
		return error_set(
			error, UV_ENAMETOOLONG, "the path of %s is too long", paths->runtime);
	if (mkdir(folder, 0700) < 0 && errno != EEXIST)
		return error_set(error, -errno, "cannot create %s: %s", folder, strerror(errno));
	return 0;
}

/* The one before may be on its way out, and hold the lock a moment longer. */
static int lock_take(struct place *place, struct error *error)
{
	const struct timespec pause = {.tv_nsec = TRY_MS * 1000000};

	place->lock_fd = open(place->lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (place->lock_fd < 0)
		return error_set(error, -errno, "%s: %s", place->lock, strerror(errno));
	for (int waited = 0; flock(place->lock_fd, LOCK_EX | LOCK_NB) < 0; waited += TRY_MS) {
		if (is_served(place))
			return UV_EEXIST;
		if (errno != EWOULDBLOCK && errno != ECONNREFUSED && errno != ENOENT)
			return error_set(error, -errno, "%s: %s", place->lock, strerror(errno));
		if (waited >= PLACE_WAIT_MS)
			return error_set(error, UV_EBUSY,
				"another vmsilo-windows holds %s and does not answer", place->lock);
		nanosleep(&pause, NULL);
	}
	return 0;
}

int place_take(const char *vm, bool system, struct place *ret, struct error *error)
{
	struct paths_environment environment;
	struct paths paths;

	*ret = (struct place){.lock_fd = -1, .socket_fd = -1};
	paths_environment_get(&environment);
	int code = paths_get(false, &environment, &paths, error);
	if (code == 0)
		code = folder_make(&paths, error);
	if (code < 0)
		return code;
	if (!desk_path(&paths, vm, system, "socket", ret->socket) ||
		!desk_path(&paths, vm, system, "lock", ret->lock))
		return error_set(
			error, UV_ENAMETOOLONG, "the path of %s is too long", paths.runtime);
	code = lock_take(ret, error);
	if (code == 0) {
		ret->socket_fd = socket_listen(ret->socket, 16);
		code = ret->socket_fd < 0 ? error_set(error, ret->socket_fd, "%s: %s", ret->socket,
						    uv_strerror(ret->socket_fd))
					  : 0;
	}
	if (code < 0)
		place_leave(ret);
	return code;
}

/* The socket goes while the lock is held, so that it is no other's. */
void place_leave(struct place *place)
{
	if (place->socket_fd >= 0)
		unlink(place->socket);
	if (place->lock_fd >= 0)
		close(place->lock_fd);
	place->lock_fd = -1;
}
