#include "tray/windows/desktop/context.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <security-context-v1-client-protocol.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

#include "proto/base/cleanup.h"
#include "proto/io/socket.h"
#include "proto/limits.h"
#include "tray/windows/desktop/desktop.h"

#define ENGINE "vmsilo"

struct hall {
	char folder[PATH_MAX], path[PATH_MAX];
};

/* Nobody but the user enters there. */
static int hall_make(struct hall *hall)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	int length;

	if (!runtime || runtime[0] != '/')
		return UV_ENOENT;
	length = snprintf(hall->folder, sizeof(hall->folder), "%s/vmsilo-context-XXXXXX", runtime);
	if (length < 0 || length >= (int)sizeof(hall->folder) || !mkdtemp(hall->folder))
		return -errno;
	length = snprintf(hall->path, sizeof(hall->path), "%s/s", hall->folder);
	return length < (int)sizeof(hall->path) ? 0 : UV_ENAMETOOLONG;
}

static void hall_leave(const struct hall *hall)
{
	unlink(hall->path);
	rmdir(hall->folder);
}

/* The compositor has it when this returns. */
static int context_register(
	const struct desktop *desktop, const char *vm, int listen_fd, int close_fd)
{
	char app_id[VM_NAME_MAX + sizeof(ENGINE) + 1], instance[32];
	struct wp_security_context_v1 *context = wp_security_context_manager_v1_create_listener(
		desktop->security, listen_fd, close_fd);

	snprintf(app_id, sizeof(app_id), ENGINE ".%s", vm);
	snprintf(instance, sizeof(instance), "%d", (int)getpid());
	wp_security_context_v1_set_sandbox_engine(context, ENGINE);
	wp_security_context_v1_set_app_id(context, app_id);
	wp_security_context_v1_set_instance_id(context, instance);
	wp_security_context_v1_commit(context);
	wp_security_context_v1_destroy(context);
	return wl_display_roundtrip(desktop->display) < 0 ? -errno : 0;
}

int context_connect(
	const struct desktop *desktop, const char *vm, int *ret_close_fd, struct error *error)
{
	struct hall hall;
	int ends[2] = {-1, -1};
	int code = hall_make(&hall);

	if (code < 0)
		return error_set(error, code, "no folder for a socket in XDG_RUNTIME_DIR: %s",
			uv_strerror(code));
	_cleanup_close_ int listen_fd = socket_listen(hall.path, 1);
	code = listen_fd < 0 ? listen_fd : pipe2(ends, O_CLOEXEC) < 0 ? -errno : 0;
	_cleanup_close_ int theirs = ends[0], ours = ends[1];
	if (code == 0)
		code = context_register(desktop, vm, listen_fd, theirs);
	if (code == 0)
		code = socket_connect(hall.path);
	hall_leave(&hall);
	if (code < 0)
		return error_set(error, code, "no restricted connection: %s", uv_strerror(code));
	*ret_close_fd = steal_fd(&ours);
	return code;
}
