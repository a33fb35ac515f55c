#include "tray/windows/clipboard/pipes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "proto/base/fd.h"
#include "proto/io/closer.h"

#define READ_ROOM (64 * 1024)

static void nonblock(int fd)
{
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

/* ---- writing ---- */

struct pipe_writer {
	struct pipe_writers *writers;
	struct pipe_writer *next;
	int fd;
	struct blob *blob;
	size_t at;
	struct closer closer;
	uv_poll_t poll;
	uv_timer_t timer;
};

static void writer_free(void *data)
{
	struct pipe_writer *writer = data;

	close(writer->fd);
	blob_release(writer->blob);
	free(writer);
}

static void writer_end(struct pipe_writer *writer)
{
	struct pipe_writer **place = &writer->writers->first;

	while (*place != writer)
		place = &(*place)->next;
	*place = writer->next;
	writer->writers->count--;
	closer_close(&writer->closer, (uv_handle_t *)&writer->poll);
	closer_close(&writer->closer, (uv_handle_t *)&writer->timer);
	closer_finish(&writer->closer);
}

static void on_writer_timeout(uv_timer_t *timer)
{
	writer_end(timer->data);
}

static void on_writable(uv_poll_t *poll, int status, int events)
{
	struct pipe_writer *writer = poll->data;
	ssize_t count = -1;

	(void)events;
	if (status == 0)
		count = fd_write_some(writer->fd, writer->blob->bytes + writer->at,
			writer->blob->length - writer->at);
	if (count > 0)
		uv_timer_again(&writer->timer);
	writer->at += count > 0 ? (size_t)count : 0;
	if (count < 0 || writer->at == writer->blob->length)
		writer_end(writer);
}

void pipe_write(struct pipe_writers *writers, int fd, struct blob *blob)
{
	struct pipe_writer *writer =
		writers->count < PIPES_WRITERS_MAX ? calloc(1, sizeof(*writer)) : NULL;

	nonblock(fd);
	if (!writer || uv_poll_init(writers->loop, &writer->poll, fd) < 0) {
		free(writer);
		close(fd);
		return;
	}
	writer->writers = writers;
	writer->fd = fd;
	writer->blob = blob_hold(blob);
	uv_timer_init(writers->loop, &writer->timer);
	closer_init(&writer->closer, writer_free, writer);
	closer_add(&writer->closer);
	closer_add(&writer->closer);
	writer->poll.data = writer;
	writer->timer.data = writer;
	writer->next = writers->first;
	writers->first = writer;
	writers->count++;
	uv_timer_start(&writer->timer, on_writer_timeout, PIPES_TIMEOUT_MS, PIPES_TIMEOUT_MS);
	uv_poll_start(&writer->poll, UV_WRITABLE, on_writable);
}

void pipe_writers_finish(struct pipe_writers *writers)
{
	while (writers->first)
		writer_end(writers->first);
}

/* ---- reading ---- */

struct pipe_reader {
	int fd;
	size_t most;
	pipe_read_done done;
	void *data;
	struct bytes bytes;
	struct closer closer;
	uv_poll_t poll;
	uv_timer_t timer;
};

static void reader_free(void *data)
{
	struct pipe_reader *reader = data;

	close(reader->fd);
	bytes_finish(&reader->bytes);
	free(reader);
}

void pipe_read_cancel(struct pipe_reader *reader)
{
	closer_close(&reader->closer, (uv_handle_t *)&reader->poll);
	closer_close(&reader->closer, (uv_handle_t *)&reader->timer);
	closer_finish(&reader->closer);
}

static void reader_end(struct pipe_reader *reader, int code)
{
	reader->done(reader->data, code, bytes_data(&reader->bytes), bytes_length(&reader->bytes));
	pipe_read_cancel(reader);
}

static void on_reader_timeout(uv_timer_t *timer)
{
	reader_end(timer->data, UV_ETIMEDOUT);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct pipe_reader *reader = poll->data;
	struct bytes *bytes = &reader->bytes;

	(void)events;
	if (status < 0 || bytes_reserve(bytes, bytes_length(bytes) + READ_ROOM) < 0) {
		reader_end(reader, status < 0 ? status : UV_ENOMEM);
		return;
	}
	ssize_t count = read(reader->fd, bytes_tail(bytes), READ_ROOM);
	if (count < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (count <= 0) {
		reader_end(reader, count < 0 ? -errno : 0);
		return;
	}
	bytes_add(bytes, (size_t)count);
	uv_timer_again(&reader->timer);
	if (bytes_length(bytes) > reader->most)
		reader_end(reader, UV_E2BIG);
}

int pipe_read(uv_loop_t *loop, int fd, size_t most, pipe_read_done done, void *data,
	struct pipe_reader **ret)
{
	struct pipe_reader *reader = calloc(1, sizeof(*reader));

	nonblock(fd);
	if (!reader || uv_poll_init(loop, &reader->poll, fd) < 0) {
		free(reader);
		close(fd);
		return UV_ENOMEM;
	}
	reader->fd = fd;
	reader->most = most;
	reader->done = done;
	reader->data = data;
	uv_timer_init(loop, &reader->timer);
	closer_init(&reader->closer, reader_free, reader);
	closer_add(&reader->closer);
	closer_add(&reader->closer);
	reader->poll.data = reader;
	reader->timer.data = reader;
	uv_timer_start(&reader->timer, on_reader_timeout, PIPES_TIMEOUT_MS, PIPES_TIMEOUT_MS);
	uv_poll_start(&reader->poll, UV_READABLE, on_readable);
	*ret = reader;
	return 0;
}
