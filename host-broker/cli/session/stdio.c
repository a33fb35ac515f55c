#include "host-broker/cli/session/stdio.h"

#include <unistd.h>

#include "proto/session.pb-c.h"

#define READS_PER_TURN 8

/* ---- source ---- */

static void source_update(struct source *source);

static bool is_file(const struct stream_fd *fd)
{
	return fd->kind == STREAM_FILE;
}

static bool may_read(const struct source *source)
{
	return source->open && !source->held && source->credit.available > 0 &&
	       channel_writable(source->channel);
}

void source_finish(struct source *source)
{
	if (!source->open)
		return;
	source->open = false;
	closer_close(source->closer,
		is_file(&source->fd) ? (uv_handle_t *)&source->idle : (uv_handle_t *)&source->poll);
	stream_fd_close(&source->fd);
}

void source_stop(struct source *source)
{
	source_finish(source);
	if (source->ended)
		return;
	source->ended = true;
	channel_send_raw(source->channel, FRAME_END, 0, NULL, 0);
	if (source->ops)
		source->ops->on_ended(source->data);
}

/* Such a stdin is as good as an empty one: not open for reading, as nohup(1) has it; or a terminal
 * that is gone, or another's in the foreground. */
static bool is_empty(const struct source *source, int code)
{
	return code == UV_EBADF || (code == UV_EIO && isatty(source->fd.fd));
}

/* 1: go on, 0: nothing there now, -1: the end. */
static int source_read_once(struct source *source)
{
	uint8_t chunk[FRAME_DATA_MAX];
	uint32_t room =
		source->credit.available < sizeof(chunk) ? source->credit.available : sizeof(chunk);
	ssize_t count = stream_fd_read(&source->fd, chunk, room);

	if (count == UV_EAGAIN)
		return 0;
	if (count < 0 && !is_empty(source, (int)count))
		source->ops->on_failed(source->data, 0, (int)count);
	if (count <= 0)
		return -1;
	source->ops->on_read(source->data, chunk, (size_t)count);
	if (!source->open)
		return 0;
	credit_sender_take(&source->credit, (uint32_t)count);
	channel_send_raw(source->channel, FRAME_DATA, 0, chunk, (uint32_t)count);
	return 1;
}

static void source_read(struct source *source)
{
	for (int i = 0; i < READS_PER_TURN && may_read(source); i++) {
		int got = source_read_once(source);
		if (got < 0) {
			source_stop(source);
			return;
		}
		if (got == 0)
			break;
	}
	source_update(source);
}

static void on_source_readable(uv_poll_t *poll, int status, int events)
{
	(void)status;
	(void)events;
	source_read(poll->data);
}

static void on_source_idle(uv_idle_t *idle)
{
	source_read(idle->data);
}

static void source_update(struct source *source)
{
	if (!source->open)
		return;
	bool reads = may_read(source);
	bool file = is_file(&source->fd);
	bool polls = !file && uv_is_active((uv_handle_t *)&source->poll);
	if (file && reads)
		uv_idle_start(&source->idle, on_source_idle);
	else if (file)
		uv_idle_stop(&source->idle);
	else if (reads != polls && reads)
		uv_poll_start(&source->poll, source->fd.events, on_source_readable);
	else if (reads != polls)
		uv_poll_stop(&source->poll);
}

int source_start(struct source *source, uv_loop_t *loop, struct channel *channel,
	const struct stream_fd *fd, struct closer *closer, const struct stdio_ops *ops, void *data)
{
	*source = (struct source){
		.channel = channel, .fd = *fd, .closer = closer, .ops = ops, .data = data};
	credit_sender_init(&source->credit);
	int code = is_file(fd) ? uv_idle_init(loop, &source->idle)
			       : uv_poll_init(loop, &source->poll, fd->watched_fd);
	if (code < 0) {
		stream_fd_close(&source->fd);
		return code;
	}
	source->poll.data = source;
	source->idle.data = source;
	source->open = true;
	closer_add(closer);
	source_update(source);
	return 0;
}

void source_start_empty(struct source *source, struct channel *channel)
{
	*source = (struct source){.channel = channel};
	credit_sender_init(&source->credit);
	source_stop(source);
}

int source_credit(struct source *source, uint32_t bytes)
{
	int code = credit_sender_add(&source->credit, bytes);

	if (code == 0)
		source_update(source);
	return code;
}

void source_resume(struct source *source)
{
	source_update(source);
}

void source_hold(struct source *source)
{
	source->held = true;
	source_update(source);
}

void source_release(struct source *source)
{
	source->held = false;
	source_update(source);
}

/* ---- sink ---- */

static void consumed(struct sink *sink, size_t length)
{
	Vmsilo__Session__Credit credit = VMSILO__SESSION__CREDIT__INIT;

	credit.bytes = credit_receiver_consume(&sink->credit, (uint32_t)length);
	if (credit.bytes > 0)
		channel_send(sink->channel, FRAME_CREDIT, sink->stream, &credit.base);
}

/* A terminal that is gone reads no more. */
static bool is_unread(const struct sink *sink, int code)
{
	return code == UV_EPIPE || (code == UV_EIO && isatty(sink->fd.fd));
}

static void sink_break(struct sink *sink, int code)
{
	sink->broken = true;
	bytes_finish(&sink->waiting);
	if (!is_file(&sink->fd))
		uv_poll_stop(&sink->poll);
	channel_send_raw(sink->channel, FRAME_STOP, sink->stream, NULL, 0);
	if (!is_unread(sink, code))
		sink->ops->on_failed(sink->data, sink->stream, code);
}

static void sink_close(struct sink *sink)
{
	if (sink->closed)
		return;
	sink->closed = true;
	if (!is_file(&sink->fd))
		closer_close(sink->closer, (uv_handle_t *)&sink->poll);
	stream_fd_close(&sink->fd);
}

/* Its reader waits for the end of the file. */
static void sink_end_check(struct sink *sink)
{
	if (sink->ending && sink->fd.owned && bytes_length(&sink->waiting) == 0)
		sink_close(sink);
}

static void on_sink_writable(uv_poll_t *poll, int status, int events)
{
	struct sink *sink = poll->data;
	ssize_t count = stream_fd_write(
		&sink->fd, bytes_data(&sink->waiting), bytes_length(&sink->waiting));

	(void)status;
	(void)events;
	if (count < 0) {
		sink_break(sink, (int)count);
	} else {
		bytes_consume(&sink->waiting, (size_t)count);
		consumed(sink, (size_t)count);
	}
	if (bytes_length(&sink->waiting) > 0)
		return;
	uv_poll_stop(poll);
	sink_end_check(sink);
	sink->ops->on_empty(sink->data);
}

int sink_start(struct sink *sink, uv_loop_t *loop, struct channel *channel, uint16_t stream,
	const struct stream_fd *fd, struct closer *closer, const struct stdio_ops *ops, void *data)
{
	*sink = (struct sink){.channel = channel,
		.stream = stream,
		.fd = *fd,
		.closer = closer,
		.ops = ops,
		.data = data};
	credit_receiver_init(&sink->credit);
	int code = is_file(fd) ? 0 : uv_poll_init(loop, &sink->poll, fd->watched_fd);
	if (code < 0) {
		stream_fd_close(&sink->fd);
		sink->closed = true;
		return code;
	}
	sink->poll.data = sink;
	if (!is_file(fd))
		closer_add(closer);
	return 0;
}

int sink_data(struct sink *sink, const uint8_t *untrusted_bytes, uint32_t length)
{
	int code = credit_receiver_take(&sink->credit, length);

	if (code < 0 || sink->broken)
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
	code = bytes_append(&sink->waiting, untrusted_bytes + written, length - (size_t)written);
	if (code == 0 && !uv_is_active((uv_handle_t *)&sink->poll))
		uv_poll_start(&sink->poll, sink->fd.events, on_sink_writable);
	return code;
}

bool sink_empty(const struct sink *sink)
{
	return bytes_length(&sink->waiting) == 0;
}

void sink_end(struct sink *sink)
{
	sink->ending = true;
	sink_end_check(sink);
}

void sink_finish(struct sink *sink)
{
	sink_close(sink);
	bytes_finish(&sink->waiting);
}
