#include "proto/session/sink.h"

#include <unistd.h>

#include "proto/session.pb-c.h"

static void sink_close(struct sink *sink)
{
	bytes_finish(&sink->waiting);
	if (sink->closed)
		return;
	sink->closed = true;
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
	if (!sink->ending || sink->closed || bytes_length(&sink->waiting) > 0)
		return;
	if (sink->ops->on_end)
		sink->ops->on_end(sink->data, sink->fd.fd);
	sink_close(sink);
}

static void waiting_write(struct sink *sink)
{
	ssize_t count = stream_fd_write(
		&sink->fd, bytes_data(&sink->waiting), bytes_length(&sink->waiting));

	if (count < 0) {
		sink_break(sink, (int)count);
		return;
	}
	bytes_consume(&sink->waiting, (size_t)count);
	consumed(sink, (size_t)count);
}

static void on_writable(uv_poll_t *poll, int status, int events)
{
	struct sink *sink = poll->data;

	(void)status;
	(void)events;
	waiting_write(sink);
	if (bytes_length(&sink->waiting) > 0)
		return;
	bytes_finish(&sink->waiting);
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
static int rest_keep(struct sink *sink, const uint8_t *bytes, size_t length)
{
	int code = poll_make(sink);

	if (code == 0)
		code = bytes_append(&sink->waiting, bytes, length);
	if (code == 0 && !uv_is_active((uv_handle_t *)&sink->poll))
		uv_poll_start(&sink->poll, sink->fd.events, on_writable);
	return code;
}

int sink_data(struct sink *sink, const uint8_t *untrusted_bytes, uint32_t length)
{
	int code = credit_receiver_take(&sink->credit, length);

	/* Closed: it was under way when we said STOP. */
	if (code < 0 || sink->closed)
		return code;
	ssize_t written = 0;
	if (bytes_length(&sink->waiting) == 0)
		written = stream_fd_write(&sink->fd, untrusted_bytes, length);
	if (written < 0) {
		sink_break(sink, (int)written);
		return 0;
	}
	consumed(sink, (size_t)written);
	if ((size_t)written == length)
		return 0;
	return rest_keep(sink, untrusted_bytes + written, length - (size_t)written);
}

bool sink_empty(const struct sink *sink)
{
	return bytes_length(&sink->waiting) == 0;
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
