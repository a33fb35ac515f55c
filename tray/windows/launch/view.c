#include "tray/windows/launch/view.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/base/cleanup.h"
#include "proto/base/log.h"
#include "proto/io/channel.h"
#include "proto/io/closer.h"
#include "proto/wire/message.h"

#define KILL_MS 2000 /* after it was told to end, by the end of its control stream */
/* Its descriptors, by number. */
#define STREAM_FD 3
#define WAYLAND_FD 4
#define CONTROL_FD 5
#define SHARED_FD 6
#define FDS (SHARED_FD + 1)

struct view {
	const struct view_ops *ops; /* NULL: its owner is done with it */
	void *data;
	struct channel *channel; /* NULL: it has ended */
	uv_process_t process;
	uv_timer_t timer;
	struct closer closer;
};

static void view_free(void *data)
{
	free(data);
}

static void view_end(struct view *view, enum view_end end)
{
	const struct view_ops *ops = view->ops;

	view->ops = NULL;
	if (ops)
		ops->on_end(view->data, end);
}

static enum view_end end_of(int64_t status, int signal)
{
	if (signal != 0)
		return VIEW_FAILED;
	return status == VIEW_ENDED || (status >= VIEW_VIOLATION && status <= VIEW_REFUSED)
		       ? (enum view_end)status
		       : VIEW_FAILED;
}

static void on_exit_status(uv_process_t *process, int64_t status, int signal)
{
	struct view *view = process->data;

	if (view->channel)
		channel_destroy(view->channel);
	view->channel = NULL;
	closer_close(&view->closer, (uv_handle_t *)&view->timer);
	closer_close(&view->closer, (uv_handle_t *)&view->process);
	view_end(view, end_of(status, signal));
	closer_finish(&view->closer);
}

static void on_kill(uv_timer_t *timer)
{
	struct view *view = timer->data;

	uv_process_kill(&view->process, SIGKILL);
}

/* Its exit status follows. */
static void channel_end(struct view *view)
{
	channel_destroy(view->channel);
	view->channel = NULL;
	uv_timer_start(&view->timer, on_kill, KILL_MS, 0);
}

static bool may_say(uint16_t type)
{
	return type == FRAME_DESK_COUNTS || type == FRAME_DESK_WINDOWS ||
	       type == FRAME_DESK_CROSSED || type == FRAME_DESK_USE ||
	       type == FRAME_DESK_VIOLATION || type == FRAME_WINDOWS_CLIPBOARD_DATA;
}

static int on_frame(void *data, const struct frame *frame)
{
	struct view *view = data;

	if (!may_say(frame->type))
		return UV_EPROTO;
	ProtobufCMessage *message = message_unpack(frame);
	if (!message)
		return UV_EPROTO;
	if (view->ops)
		view->ops->on_message(view->data, frame->type, message);
	message_free(message);
	return 0;
}

static void on_close(void *data, int reason)
{
	struct view *view = data;

	if (reason == UV_EPROTO || reason == UV_EMSGSIZE) {
		log_error(NULL, "vmsilo-windows-view said what it may not say: it is ended");
		uv_process_kill(&view->process, SIGKILL);
	}
	channel_end(view);
}

static const struct channel_ops channel_ops = {.on_frame = on_frame, .on_close = on_close};

static int process_start(
	uv_loop_t *loop, const struct view_options *options, int control_fd, struct view *view)
{
	char *argv[] = {(char *)options->program, "--vm", (char *)options->vm, "--stream-fd", "3",
		"--wayland-fd", "4", "--control-fd", "5", NULL, NULL, NULL, NULL, NULL};
	const int fds[FDS] = {-1, STDERR_FILENO, STDERR_FILENO, options->stream_fd,
		options->wayland_fd, control_fd, options->shared_fd};
	uv_stdio_container_t stdio[FDS] = {0};
	size_t at = 9;

	if (options->shared_fd >= 0) {
		argv[at++] = "--shared-fd";
		argv[at++] = "6";
	}
	if (options->log_level) {
		argv[at++] = "--log-level";
		argv[at++] = (char *)options->log_level;
	}
	for (size_t i = 0; i < FDS; i++)
		if (fds[i] >= 0)
			stdio[i] =
				(uv_stdio_container_t){.flags = UV_INHERIT_FD, .data.fd = fds[i]};
	const uv_process_options_t process = {.file = options->program,
		.args = argv,
		.stdio = stdio,
		.stdio_count = options->shared_fd >= 0 ? FDS : FDS - 1,
		.exit_cb = on_exit_status};
	return uv_spawn(loop, &view->process, &process);
}

/* uv_spawn() leaves a handle to be closed also when it fails. */
static void view_abandon(struct view *view)
{
	closer_close(&view->closer, (uv_handle_t *)&view->timer);
	closer_close(&view->closer, (uv_handle_t *)&view->process);
	closer_finish(&view->closer);
}

int view_create(uv_loop_t *loop, const struct view_options *options, const struct view_ops *ops,
	void *data, struct view **ret)
{
	struct view *view = calloc(1, sizeof(*view));
	int pair[2];

	if (!view || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
		free(view);
		return UV_ENOMEM;
	}
	view->ops = ops;
	view->data = data;
	closer_init(&view->closer, view_free, view);
	uv_timer_init(loop, &view->timer);
	closer_add(&view->closer);
	closer_add(&view->closer);
	int code = process_start(loop, options, pair[1], view);
	view->timer.data = view->process.data = view;
	close(pair[1]);
	if (code < 0) {
		close(pair[0]);
		view_abandon(view);
		return code;
	}
	code = channel_create(loop, pair[0], &channel_ops, view, &view->channel);
	if (code == 0)
		code = view_send(view, FRAME_DESK_SETTINGS, &options->settings->base);
	if (code < 0) {
		view_destroy(view);
		return code;
	}
	*ret = view;
	return 0;
}

void view_destroy(struct view *view)
{
	view->ops = NULL;
	if (view->channel)
		channel_end(view);
}

int view_send(struct view *view, uint16_t type, const ProtobufCMessage *message)
{
	return view->channel ? channel_send(view->channel, type, 0, message) : UV_EPIPE;
}
