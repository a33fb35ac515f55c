#include "proto/session/source.h"

#include <unistd.h>

#define READS_PER_TURN 8
/* Bytes read for a frame: whole pages, so that a pipe's are not split, and with the header less
 * than the 64 KiB that a packet of the virtio socket takes. */
#define SOURCE_CHUNK (60 * 1024)
/* An output's end: the other's and the status mostly follow at once. A program waits for its
 * stdin's. */
#define OUTPUT_END_WITHIN_MS 5
/* Reads of less than a chunk until it is no bulk: a program's writes do not fit into them evenly.
 */
#define BULK_SHORT_MAX 8

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
	channel_send_soon(source->channel, source->stream == 0 ? 0 : OUTPUT_END_WITHIN_MS,
		FRAME_END, source->stream, NULL);
	if (source->ops && source->ops->on_ended)
		source->ops->on_ended(source->data);
}

/* As good as empty: not open for reading, as nohup(1) has stdin; a terminal that is gone, or
 * another's in the foreground; a terminal's master whose last user has closed it. */
static bool is_empty(const struct source *source, int code)
{
	return code == UV_EBADF || (code == UV_EIO && isatty(source->fd.fd));
}

static void failure_tell(const struct source *source, int code)
{
	if (!is_empty(source, code) && source->ops->on_failed)
		source->ops->on_failed(source->data, source->stream, code);
}

/* Of a source that is drained, somebody may have had more to write. 0: wait, -1: that was all. */
static int nothing_there(struct source *source)
{
	source->cut = source->draining;
	return source->draining ? -1 : 0;
}

/* A count that was read or moved is 1: go on, 0: nothing there now, -1: the end. */
static int count_check(struct source *source, ssize_t count)
{
	if (count == UV_EAGAIN)
		return nothing_there(source);
	if (count < 0)
		failure_tell(source, (int)count);
	if (count <= 0)
		return -1;
	credit_sender_take(&source->credit, (uint32_t)count);
	if (count == SOURCE_CHUNK)
		source->bulk = BULK_SHORT_MAX;
	else if (source->bulk > 0)
		source->bulk--;
	return 1;
}

static bool may_splice(struct source *source)
{
	if (source->bulk == 0)
		return false;
	if (source->splice == SPLICE_UNTRIED)
		source->splice = !source->ops->on_read && stream_fd_splices(&source->fd, false)
					 ? SPLICE_WORKS
					 : SPLICE_NEVER;
	return source->splice == SPLICE_WORKS;
}

/* Others may read the same file: what we take of it is ours before we read it. */
static ssize_t file_move(struct source *source, uint32_t length)
{
	off_t end = lseek(source->fd.fd, length, SEEK_CUR);
	off_t at = end - length;

	if (end < (off_t)length)
		return UV_ENOTSUP;
	ssize_t count = channel_send_from(
		source->channel, FRAME_DATA, source->stream, source->fd.fd, &at, length);
	uint32_t moved = count > 0 ? (uint32_t)count : 0;
	if (moved < length)
		lseek(source->fd.fd, (off_t)moved - (off_t)length, SEEK_CUR);
	return count;
}

static ssize_t source_move(struct source *source, uint32_t length)
{
	if (!may_splice(source))
		return UV_ENOTSUP;
	if (is_file(&source->fd))
		return file_move(source, length);
	return channel_send_from(
		source->channel, FRAME_DATA, source->stream, source->fd.fd, NULL, length);
}

/* As count_check() says. */
static int source_read_once(struct source *source)
{
	uint8_t chunk[SOURCE_CHUNK];
	uint32_t room =
		source->credit.available < sizeof(chunk) ? source->credit.available : sizeof(chunk);
	ssize_t count = source_move(source, room);

	if (count != UV_ENOTSUP)
		return count_check(source, count);
	count = stream_fd_read(&source->fd, chunk, room);
	if (count > 0 && source->ops->on_read)
		source->ops->on_read(source->data, chunk, (size_t)count);
	if (!source->open)
		return 0;
	int got = count_check(source, count);
	if (got <= 0)
		return got;
	channel_send_raw(source->channel, FRAME_DATA, source->stream, chunk, (uint32_t)count);
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

static void on_readable(uv_poll_t *poll, int status, int events)
{
	(void)status;
	(void)events;
	source_read(poll->data);
}

static void on_idle(uv_idle_t *idle)
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
		uv_idle_start(&source->idle, on_idle);
	else if (file)
		uv_idle_stop(&source->idle);
	else if (reads != polls && reads)
		uv_poll_start(&source->poll, source->fd.events, on_readable);
	else if (reads != polls)
		uv_poll_stop(&source->poll);
}

int source_start(struct source *source, uv_loop_t *loop, struct channel *channel, uint16_t stream,
	const struct stream_fd *fd, struct closer *closer, const struct source_ops *ops, void *data)
{
	*source = (struct source){.channel = channel,
		.stream = stream,
		.fd = *fd,
		.closer = closer,
		.ops = ops,
		.data = data};
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

void source_start_ended(struct source *source, struct channel *channel, uint16_t stream)
{
	*source = (struct source){.channel = channel, .stream = stream};
	credit_sender_init(&source->credit);
	source_stop(source);
}

int source_credit(struct source *source, uint32_t bytes)
{
	int code = credit_sender_add(&source->credit, bytes);

	if (code == 0)
		source_resume(source);
	return code;
}

void source_resume(struct source *source)
{
	if (source->draining && may_read(source))
		source_read(source);
	else
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

void source_drain(struct source *source)
{
	if (!source->open || source->draining)
		return;
	source->draining = true;
	source_read(source);
}
