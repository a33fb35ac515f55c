#include "tray/windows/guest/xwayland/process.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define EXIT_NOT_FOUND 127 /* as a shell says it */

/* As it has them. */
enum child_fd {
	CHILD_STDERR = 2,
	CHILD_WAYLAND,
	CHILD_MANAGER,
	CHILD_READY,
	CHILD_DOOR,
	CHILD_OTHER_DOOR,
	CHILD_OWN_DOOR, /* ours alone */
	CHILD_FDS
};

static void fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

int xwayland_process_take(int *fd)
{
	int ret = *fd;

	*fd = -1;
	return ret;
}

static void fds_close(struct xwayland_process *process)
{
	fd_close(&process->fds.wayland);
	fd_close(&process->fds.manager);
	fd_close(&process->fds.program);
}

/* ---- what it begins with ---- */

/* A program's connection, to a socket that nobody else listens at: when Xwayland ends, so does it.
 * At the doors of all programs the next Xwayland would be waited for, by the one who starts it. */
static int program_connect(int *ret_program, int *ret_door)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	socklen_t size = sizeof(address);

	*ret_door = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	*ret_program = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	/* Without a path the kernel finds a free name. */
	if (*ret_door < 0 || *ret_program < 0 ||
		bind(*ret_door, (struct sockaddr *)&address, sizeof(address.sun_family)) < 0 ||
		getsockname(*ret_door, (struct sockaddr *)&address, &size) < 0 ||
		listen(*ret_door, 1) < 0 ||
		connect(*ret_program, (struct sockaddr *)&address, size) < 0)
		return UV_EIO;
	return 0;
}

static int pair_open(int *ret_ours, int *ret_child)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return UV_EMFILE;
	*ret_ours = pair[0];
	*ret_child = pair[1];
	return 0;
}

static int ready_open(struct xwayland_process *process, int *ret_child)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return UV_EMFILE;
	process->ready = ends[0];
	*ret_child = ends[1];
	return 0;
}

static int fds_open(struct xwayland_process *process, int *child)
{
	int code = pair_open(&process->fds.wayland, &child[CHILD_WAYLAND]);

	if (code == 0)
		code = pair_open(&process->fds.manager, &child[CHILD_MANAGER]);
	if (code == 0)
		code = ready_open(process, &child[CHILD_READY]);
	if (code == 0)
		code = program_connect(&process->fds.program, &child[CHILD_OWN_DOOR]);
	return code;
}

/* ---- it ends ---- */

static void on_closed(uv_handle_t *handle)
{
	struct xwayland_process *process = handle->data;

	if (--process->open > 0)
		return;
	fd_close(&process->ready);
	if (process->ops)
		process->ops->on_end(process->data, process->exit_status, process->signal);
}

static void handles_close(struct xwayland_process *process)
{
	process->runs = false;
	uv_close((uv_handle_t *)&process->process, on_closed);
	uv_close((uv_handle_t *)&process->poll, on_closed);
}

static void on_exit_status(uv_process_t *handle, int64_t exit_status, int signal)
{
	struct xwayland_process *process = handle->data;

	process->exit_status = exit_status;
	process->signal = signal;
	handles_close(process);
}

void xwayland_process_kill(struct xwayland_process *process, int signal)
{
	if (process->runs)
		uv_process_kill(&process->process, signal);
}

void xwayland_process_finish(struct xwayland_process *process)
{
	process->ops = NULL;
	fds_close(process);
	if (!process->runs)
		return;
	uv_process_kill(&process->process, SIGTERM);
	handles_close(process);
}

/* ---- it begins ---- */

/* It writes its display's number and a newline, perhaps in two pieces. */
static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct xwayland_process *process = poll->data;
	char text[64];
	ssize_t count = read(process->ready, text, sizeof(text));

	(void)status;
	(void)events;
	if (count > 0 && text[count - 1] != '\n')
		return;
	uv_poll_stop(poll);
	if (count > 0 && process->ops)
		process->ops->on_ready(process->data);
}

static int spawn(struct xwayland_process *process, const char *display, const int *child)
{
	static const char *const numbers[CHILD_FDS] = {[CHILD_WAYLAND] = "3",
		[CHILD_MANAGER] = "4",
		[CHILD_READY] = "5",
		[CHILD_DOOR] = "6",
		[CHILD_OTHER_DOOR] = "7",
		[CHILD_OWN_DOOR] = "8"};
	const char *program = getenv("WLR_XWAYLAND") ? getenv("WLR_XWAYLAND") : "Xwayland";
	uv_stdio_container_t stdio[CHILD_FDS] = {0};
	char delay[16];
	const char *const argv[] = {"Xwayland", display, "-rootless", "-terminate", delay,
		"-displayfd", numbers[CHILD_READY], "-wm", numbers[CHILD_MANAGER], "-listenfd",
		numbers[CHILD_DOOR], "-listenfd", numbers[CHILD_OTHER_DOOR], "-listenfd",
		numbers[CHILD_OWN_DOOR], NULL};

	snprintf(delay, sizeof(delay), "%d", XWAYLAND_TERMINATE_S);
	for (size_t i = CHILD_STDERR; i < CHILD_FDS; i++)
		stdio[i] = (uv_stdio_container_t){.flags = UV_INHERIT_FD, .data.fd = child[i]};
	const uv_process_options_t options = {.file = program,
		.args = (char **)argv,
		.stdio = stdio,
		.stdio_count = CHILD_FDS,
		.exit_cb = on_exit_status};
	setenv("WAYLAND_SOCKET", numbers[CHILD_WAYLAND], 1);
	int code = uv_spawn(process->loop, &process->process, &options);
	unsetenv("WAYLAND_SOCKET");
	return code;
}

static int handles_open(struct xwayland_process *process, const char *display, const int *child)
{
	int code = uv_poll_init(process->loop, &process->poll, process->ready);

	if (code < 0)
		return code;
	process->open = 2;
	process->poll.data = process->process.data = process;
	process->exit_status = process->signal = 0;
	process->runs = spawn(process, display, child) == 0;
	if (process->runs) {
		uv_poll_start(&process->poll, UV_READABLE, on_readable);
		return 0;
	}
	process->exit_status = EXIT_NOT_FOUND;
	handles_close(process);
	return 0;
}

int xwayland_process_start(struct xwayland_process *process, const char *display, const int *doors)
{
	int child[CHILD_FDS];

	for (size_t i = 0; i < CHILD_FDS; i++)
		child[i] = -1;
	fds_close(process);
	int code = fds_open(process, child);
	child[CHILD_STDERR] = STDERR_FILENO;
	child[CHILD_DOOR] = doors[0];
	child[CHILD_OTHER_DOOR] = doors[1];
	if (code == 0)
		code = handles_open(process, display, child);
	fd_close(&child[CHILD_WAYLAND]);
	fd_close(&child[CHILD_MANAGER]);
	fd_close(&child[CHILD_READY]);
	fd_close(&child[CHILD_OWN_DOOR]);
	if (code < 0) {
		fds_close(process);
		fd_close(&process->ready);
	}
	return code;
}

void xwayland_process_init(struct xwayland_process *process, uv_loop_t *loop,
	const struct xwayland_process_ops *ops, void *data)
{
	*process = (struct xwayland_process){.loop = loop,
		.ops = ops,
		.data = data,
		.fds = {.wayland = -1, .manager = -1, .program = -1},
		.ready = -1};
}
