#include "proto/session/sink.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/session.pb-c.h"

#define DROP_SIZE 4096

static size_t pending(const struct sink *sink)
{
	return sink->hold.length + bytes_length(&sink->waiting);
}

static void sink_close(struct sink *sink)
{
	bytes_finish(&sink->waiting);
	if (sink->closed)
		return;
	sink->closed = true;
	pipe_queue_close(&sink->hold);
	if (sink->polls)
		closer_close(sink->closer, (uv_handle_t *)&sink->poll);
	stream_fd_close(&sink->fd);
}

static void consumed(struct sink *sink, size_t length)
{
	Vmsilo__Session__Credit credit = VMSILO__SESSION__CREDIT__INIT;

	credit.bytes = credit_receiver_consume(&sink->credit, (uint32_t)length);
	if (credit.bytes > 0 && !sink->ending)
		channel_send(sink->channel, FRAME_CREDIT, sink->stream, &credit.base);
}

/* A terminal that is gone reads no more. */
static bool is_unread(const struct sink *sink, int code)
{
	return code == UV_EPIPE || (code == UV_EIO && isatty(sink->fd.fd));
}

/* The other side need not send more, and its credit is not renewed. */
static void sink_break(struct sink *sink, int code)
{
	bool unread = is_unread(sink, code);

	sink_close(sink);
	if (!sink->ending)
		channel_send_raw(sink->channel, FRAME_STOP, sink->stream, NULL, 0);
	if (!unread && sink->ops->on_failed)
		sink->ops->on_failed(sink->data, sink->stream, code);
}

/* Its reader waits for the end of the file. */
static void end_check(struct sink *sink)
{
	if (!sink->ending || sink->closed || pending(sink) > 0)
		return;
	if (sink->ops->on_end)
		sink->ops->on_end(sink->data, sink->fd.fd);
	sink_close(sink);
}

/* 0, though perhaps not all, or why it cannot be written. */
static int hold_write(struct sink *sink)
{
	while (sink->hold.length > 0) {
		ssize_t count = pipe_queue_move(&sink->hold, sink->fd.fd);
		if (count == UV_EINVAL) {
			sink->copies = true;
			return pipe_queue_spill(&sink->hold, &sink->waiting);
		}
		if (count < 0)
			return count == UV_EAGAIN ? 0 : (int)count;
		consumed(sink, (size_t)count);
	}
	return 0;
}

static void pending_write(struct sink *sink)
{
	ssize_t count = hold_write(sink);

	if (count == 0 && sink->hold.length == 0 && bytes_length(&sink->waiting) > 0)
		count = stream_fd_write(
			&sink->fd, bytes_data(&sink->waiting), bytes_length(&sink->waiting));
	if (count < 0) {
		sink_break(sink, (int)count);
		return;
	}
	bytes_consume(&sink->waiting, (size_t)count);
	consumed(sink, (size_t)count);
	if (bytes_length(&sink->waiting) == 0)
		bytes_finish(&sink->waiting);
}

static void on_writable(uv_poll_t *poll, int status, int events)
{
	struct sink *sink = poll->data;

	(void)status;
	(void)events;
	pending_write(sink);
	if (pending(sink) > 0)
		return;
	if (!sink->closed)
		uv_poll_stop(poll);
	end_check(sink);
	if (sink->ops->on_empty)
		sink->ops->on_empty(sink->data);
}

void sink_start(struct sink *sink, uv_loop_t *loop, struct channel *channel, uint16_t stream,
	const struct stream_fd *fd, struct closer *closer, const struct sink_ops *ops, void *data)
{
	*sink = (struct sink){.loop = loop,
		.channel = channel,
		.stream = stream,
		.fd = *fd,
		.closer = closer,
		.ops = ops,
		.data = data};
	pipe_queue_init(&sink->hold);
	credit_receiver_init(&sink->credit);
}

static int poll_make(struct sink *sink)
{
	if (sink->polls)
		return 0;
	int code = uv_poll_init(sink->loop, &sink->poll, sink->fd.watched_fd);
	if (code < 0)
		return code;
	closer_add(sink->closer);
	sink->poll.data = sink;
	sink->polls = true;
	return 0;
}

/* The rest goes when the reader has read some. */
static int rest_check(struct sink *sink)
{
	int code = sink->closed || pending(sink) == 0 ? 0 : poll_make(sink);

	if (code == 0 && pending(sink) > 0 && !uv_is_active((uv_handle_t *)&sink->poll))
		uv_poll_start(&sink->poll, sink->fd.events, on_writable);
	return code;
}

int sink_part(struct sink *sink, const uint8_t *untrusted_bytes, uint32_t length)
{
	ssize_t written = 0;

	/* Closed: it was under way when we said STOP. */
	if (sink->closed)
		return 0;
	if (pending(sink) == 0)
		written = stream_fd_write(&sink->fd, untrusted_bytes, length);
	if (written < 0) {
		sink_break(sink, (int)written);
		return 0;
	}
	consumed(sink, (size_t)written);
	int code =
		bytes_append(&sink->waiting, untrusted_bytes + written, length - (size_t)written);
	return code < 0 ? code : rest_check(sink);
}

int sink_data(struct sink *sink, const uint8_t *untrusted_bytes, uint32_t length)
{
	int code = credit_receiver_take(&sink->credit, length);

	return code < 0 ? code : sink_part(sink, untrusted_bytes, length);
}

/* ---- from the socket ---- */

static bool may_splice(struct sink *sink)
{
	if (sink->closed || sink->copies)
		return false;
	if (sink->hold.read_fd < 0)
		sink->copies = !stream_fd_splices(&sink->fd, true) ||
			       pipe_queue_open(&sink->hold, SESSION_WINDOW) < 0;
	return !sink->copies;
}

int sink_begin(struct sink *sink, uint32_t length)
{
	if (!may_splice(sink))
		return 0;
	int code = credit_receiver_take(&sink->credit, length);
	return code < 0 ? code : 1;
}

static ssize_t receive_some(int socket, void *bytes, size_t length)
{
	ssize_t count;

	do
		count = recv(socket, bytes, length, MSG_DONTWAIT);
	while (count < 0 && errno == EINTR);
	return count < 0 ? -errno : count;
}

static ssize_t drop(int socket, size_t length)
{
	uint8_t scratch[DROP_SIZE];

	return receive_some(socket, scratch, length < sizeof(scratch) ? length : sizeof(scratch));
}

/* Behind what is held. */
static ssize_t copy(struct sink *sink, int socket, size_t length)
{
	struct bytes *waiting = &sink->waiting;

	if (bytes_room(waiting) < length &&
		bytes_reserve(waiting, bytes_length(waiting) + length) < 0)
		return UV_ENOMEM;
	ssize_t count = receive_some(socket, bytes_tail(waiting), length);
	if (count > 0)
		bytes_add(waiting, (size_t)count);
	return count;
}

ssize_t sink_receive(struct sink *sink, int socket, uint32_t length)
{
	ssize_t count = UV_ENOBUFS;

	if (sink->closed)
		return drop(socket, length);
	if (!sink->copies && bytes_length(&sink->waiting) == 0)
		count = pipe_queue_fill(&sink->hold, socket, NULL, length);
	sink->copies = sink->copies || count == UV_EINVAL;
	if (count == UV_ENOBUFS || count == UV_EINVAL)
		count = copy(sink, socket, length);
	if (count <= 0)
		return count;
	if (!sink->polls || !uv_is_active((uv_handle_t *)&sink->poll))
		pending_write(sink);
	int code = rest_check(sink);
	return code < 0 ? code : count;
}

bool sink_empty(const struct sink *sink)
{
	return pending(sink) == 0;
}

void sink_end(struct sink *sink)
{
	sink->ending = true;
	end_check(sink);
}

void sink_finish(struct sink *sink)
{
	sink_close(sink);
}
