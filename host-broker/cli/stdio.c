#include "host-broker/cli/stdio.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "proto/fd.h"
#include "proto/session.pb-c.h"

#define READS_PER_TURN 8

static int saved_flags[3];
static int session_flags[3]; /* while it runs */

int stdio_prepare(void)
{
	for (int fd = 0; fd < 3; fd++) {
		if (fcntl(fd, F_GETFD) < 0 &&
			open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY) != fd)
			return -errno;
		saved_flags[fd] = fcntl(fd, F_GETFL);
	}
	return 0;
}

void stdio_restore(void)
{
	for (int fd = 0; fd < 3; fd++)
		fcntl(fd, F_SETFL, saved_flags[fd]);
}

void stdio_started(void)
{
	for (int fd = 0; fd < 3; fd++)
		session_flags[fd] = fcntl(fd, F_GETFL);
}

void stdio_resume(void)
{
	for (int fd = 0; fd < 3; fd++)
		fcntl(fd, F_SETFL, session_flags[fd]);
}

/* ---- source ---- */

static void source_update(struct source *source);

static bool may_read(const struct source *source)
{
	return source->open && source->credit.available > 0 && channel_writable(source->channel);
}

void source_finish(struct source *source)
{
	if (!source->open)
		return;
	source->open = false;
	closer_close(source->closer,
		source->file ? (uv_handle_t *)&source->idle : (uv_handle_t *)&source->poll);
	if (source->owned)
		close(source->fd);
}

void source_stop(struct source *source)
{
	source_finish(source);
	if (source->ended)
		return;
	source->ended = true;
	channel_send_raw(source->channel, FRAME_END, 0, NULL, 0);
	if (source->on_ended)
		source->on_ended(source->data);
}

/* 1: go on, 0: nothing there now, -1: the end. An unreadable stdin is an empty one. */
static int source_read_once(struct source *source)
{
	uint8_t chunk[FRAME_DATA_MAX];
	uint32_t room =
		source->credit.available < sizeof(chunk) ? source->credit.available : sizeof(chunk);
	ssize_t count = read(source->fd, chunk, room);

	if (count < 0 && errno == EINTR)
		return 1;
	if (count < 0 && errno == EAGAIN)
		return 0;
	if (count <= 0)
		return -1;
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
	bool polls = !source->file && uv_is_active((uv_handle_t *)&source->poll);
	if (source->file && reads)
		uv_idle_start(&source->idle, on_source_idle);
	else if (source->file)
		uv_idle_stop(&source->idle);
	else if (reads != polls && reads)
		uv_poll_start(&source->poll, UV_READABLE, on_source_readable);
	else if (reads != polls)
		uv_poll_stop(&source->poll);
}

int source_start(struct source *source, uv_loop_t *loop, struct channel *channel, int fd,
	struct closer *closer)
{
	*source = (struct source){.channel = channel, .fd = fd, .closer = closer};
	credit_sender_init(&source->credit);
	if (uv_poll_init(loop, &source->poll, fd) < 0) {
		source->file = true;
		uv_idle_init(loop, &source->idle);
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
	*source = (struct source){.channel = channel, .fd = -1};
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

/* ---- sink ---- */

static void consumed(struct sink *sink, size_t length)
{
	Vmsilo__Session__Credit credit = VMSILO__SESSION__CREDIT__INIT;

	credit.bytes = credit_receiver_consume(&sink->credit, (uint32_t)length);
	if (credit.bytes > 0)
		channel_send(sink->channel, FRAME_CREDIT, sink->stream, &credit.base);
}

static void sink_break(struct sink *sink)
{
	sink->broken = true;
	bytes_finish(&sink->waiting);
	if (!sink->file)
		uv_poll_stop(&sink->poll);
	channel_send_raw(sink->channel, FRAME_STOP, sink->stream, NULL, 0);
}

static void sink_close(struct sink *sink)
{
	if (sink->closed)
		return;
	sink->closed = true;
	if (!sink->file)
		closer_close(sink->closer, (uv_handle_t *)&sink->poll);
	if (sink->owned)
		close(sink->fd);
}

/* Its reader waits for the end of the file. */
static void sink_end_check(struct sink *sink)
{
	if (sink->ending && sink->owned && bytes_length(&sink->waiting) == 0)
		sink_close(sink);
}

static void on_sink_writable(uv_poll_t *poll, int status, int events)
{
	struct sink *sink = poll->data;
	ssize_t count =
		fd_write_some(sink->fd, bytes_data(&sink->waiting), bytes_length(&sink->waiting));

	(void)status;
	(void)events;
	if (count < 0) {
		sink_break(sink);
	} else {
		bytes_consume(&sink->waiting, (size_t)count);
		consumed(sink, (size_t)count);
	}
	if (bytes_length(&sink->waiting) > 0)
		return;
	uv_poll_stop(poll);
	sink_end_check(sink);
	sink->on_empty(sink->data);
}

int sink_start(struct sink *sink, uv_loop_t *loop, struct channel *channel, uint16_t stream, int fd,
	struct closer *closer, void (*on_empty)(void *data), void *data)
{
	*sink = (struct sink){.channel = channel,
		.stream = stream,
		.fd = fd,
		.closer = closer,
		.on_empty = on_empty,
		.data = data};
	credit_receiver_init(&sink->credit);
	sink->file = uv_poll_init(loop, &sink->poll, fd) < 0;
	sink->poll.data = sink;
	if (!sink->file)
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
		written = fd_write_some(sink->fd, untrusted_bytes, length);
	if (written < 0) {
		sink_break(sink);
		return 0;
	}
	consumed(sink, (size_t)written);
	if ((size_t)written == length)
		return 0;
	code = bytes_append(&sink->waiting, untrusted_bytes + written, length - (size_t)written);
	if (code == 0 && !uv_is_active((uv_handle_t *)&sink->poll))
		uv_poll_start(&sink->poll, UV_WRITABLE, on_sink_writable);
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
