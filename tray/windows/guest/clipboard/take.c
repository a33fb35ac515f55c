#include "tray/windows/guest/clipboard/take.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "proto/base/text.h"
#include "tray/windows/guest/policy/clip-kind.h"
#include "tray/windows/guest/shell/server.h"
#include "tray/windows/guest/shell/wlroots.h"

#define READ_SIZE (64 * 1024)
/* As much as Linux lets anybody have. For X11 programs wlroots writes, which takes a pipe that is
 * full when the next of their pieces comes for the end: what it held would be taken for the whole.
 */
#define PIPE_SIZE (1024 * 1024)
#define TRIES_MAX 4 /* of what ended with a pipe that was full */

void clip_take_init(struct clip_take *take, struct server *server)
{
	*take = (struct clip_take){.server = server, .fd = -1};
	uv_timer_init(server->loop, &take->timer);
	take->timer.data = take;
}

static void read_begin(struct clip_take *take);

static void on_poll_closed(uv_handle_t *handle)
{
	free(handle);
}

static void pipe_close(struct clip_take *take)
{
	uv_timer_stop(&take->timer);
	if (take->poll)
		uv_close((uv_handle_t *)take->poll, on_poll_closed);
	take->poll = NULL;
	if (take->fd >= 0)
		close(take->fd);
	take->fd = -1;
}

static void bytes_drop(struct clip_take *take)
{
	free(take->bytes);
	take->bytes = NULL;
	take->length = take->room = take->sent = 0;
}

void clip_take_leave(struct clip_take *take)
{
	pipe_close(take);
	bytes_drop(take);
	take->phase = CLIP_IDLE;
}

void clip_take_finish(struct clip_take *take)
{
	clip_take_leave(take);
	uv_close((uv_handle_t *)&take->timer, NULL);
}

/* ---- reading ---- */

/* All of it is there, or there is nothing to be had. */
static void reading_end(struct clip_take *take, bool usable)
{
	bool text = take->kind == VMSILO__WINDOWS__CLIPBOARD_KIND__CLIPBOARD_TEXT;

	pipe_close(take);
	if (!usable || take->length == 0 ||
		(text && !text_is_utf8((const char *)take->bytes, take->length))) {
		bytes_drop(take);
		take->kind = VMSILO__WINDOWS__CLIPBOARD_KIND__CLIPBOARD_NOTHING;
	}
	take->phase = CLIP_SENDING;
}

static bool room_make(struct clip_take *take)
{
	if (take->room - take->length >= READ_SIZE)
		return true;
	size_t room = take->room ? take->room * 2 : 2 * READ_SIZE;
	uint8_t *bytes = realloc(take->bytes, room);
	if (!bytes)
		return false;
	take->bytes = bytes;
	take->room = room;
	return true;
}

/* It may have been cut: rather nothing than that. */
static void again(struct clip_take *take)
{
	if (++take->tries < TRIES_MAX) {
		read_begin(take);
		return;
	}
	take->too_large = true;
	reading_end(take, false);
}

/* False: there is no more for now, or no more at all. */
static bool part_read(struct clip_take *take)
{
	if (!room_make(take)) {
		reading_end(take, false);
		return false;
	}
	ssize_t count = read(take->fd, take->bytes + take->length, READ_SIZE);
	if (count < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (count == 0 && take->full && take->server->seat->selection_source != take->given)
		again(take);
	else if (count <= 0)
		reading_end(take, count == 0);
	if (count <= 0)
		return false;
	take->length += (size_t)count;
	take->too_large = take->length > take->server->stream->settings->clipboard_bytes;
	if (take->too_large)
		reading_end(take, false);
	return !take->too_large;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct clip_take *take = poll->data;
	int there = 0;

	(void)status;
	(void)events;
	/* At the end there is nothing: then it is as it was before. */
	if (ioctl(take->fd, FIONREAD, &there) == 0 && there > 0)
		take->full = there >= PIPE_SIZE;
	while (part_read(take))
		;
}

static void on_slow(uv_timer_t *timer)
{
	reading_end(timer->data, false);
}

/* The owner gets one end, which is nobody else's; ours alone does not block. */
static int pipe_open(struct clip_take *take, const char *type)
{
	uv_poll_t *poll = malloc(sizeof(*poll));
	int fds[2];

	if (!poll || pipe2(fds, O_CLOEXEC) < 0) {
		free(poll);
		return UV_ENOMEM;
	}
	take->fd = fds[0];
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	fcntl(fds[0], F_SETPIPE_SZ, PIPE_SIZE);
	uv_poll_init(take->server->loop, poll, fds[0]);
	poll->data = take;
	take->poll = poll;
	uv_poll_start(poll, UV_READABLE, on_readable);
	uv_timer_start(&take->timer, on_slow, CLIP_TAKE_MS, 0);
	wlr_data_source_send(take->server->seat->selection_source, type, fds[1]);
	return 0;
}

static void read_begin(struct clip_take *take)
{
	const struct wlr_data_source *source = take->server->seat->selection_source;
	const char *type = NULL;

	clip_take_leave(take);
	take->too_large = take->full = false;
	take->kind = VMSILO__WINDOWS__CLIPBOARD_KIND__CLIPBOARD_NOTHING;
	take->phase = CLIP_READING;
	if (source && take->server->stream->settings->clipboard_bytes > 0)
		type = clip_kind_choose(source->mime_types.data,
			source->mime_types.size / sizeof(char *), &take->kind);
	if (!type || pipe_open(take, type) < 0)
		reading_end(take, false);
}

void clip_take_begin(struct clip_take *take, uint32_t serial)
{
	take->serial = serial;
	take->tries = 0;
	read_begin(take);
}

/* ---- sending ---- */

void clip_take_flush(struct clip_take *take)
{
	struct stream *stream = take->server->stream;

	while (take->phase == CLIP_SENDING && stream_ready(stream)) {
		Vmsilo__Windows__ClipboardData message = VMSILO__WINDOWS__CLIPBOARD_DATA__INIT;
		size_t left = take->length - take->sent;
		message.serial = take->serial;
		message.kind = take->kind;
		message.too_large = take->too_large;
		message.data.data = left > 0 ? take->bytes + take->sent : NULL;
		message.data.len =
			left < WINDOWS_CLIPBOARD_PART_MAX ? left : WINDOWS_CLIPBOARD_PART_MAX;
		message.last = message.data.len == left;
		stream_send(stream, FRAME_WINDOWS_CLIPBOARD_DATA, &message.base);
		take->sent += message.data.len;
		if (message.last)
			clip_take_leave(take);
	}
}
