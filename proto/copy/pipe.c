#include "proto/copy/pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/sendfile.h>
#include <unistd.h>
#include <uv.h>

#include "proto/base/fd.h"
#include "proto/limits.h"

#define PIPE_SIZE SESSION_WINDOW /* more would not go further */
#define MOVE_MIN (16 * 1024)     /* less is copied, so that many small files go in one write */
#define IN_SIZE (256 * 1024)     /* more than a record, so that small ones come in one read */
#define OUT_SIZE (192 * 1024)
#define OUT_HIGH_WATER (OUT_SIZE - COPY_RECORD_MAX)

void copy_pipe_init(struct copy_pipe *pipe, int in_fd, int out_fd)
{
	int flags = fcntl(out_fd, F_GETFL);

	*pipe = (struct copy_pipe){.in_fd = in_fd, .out_fd = out_fd};
	if (flags >= 0)
		fcntl(out_fd, F_SETFL, flags | O_NONBLOCK);
	/* Where they are pipes and the kernel allows it. */
	fcntl(in_fd, F_SETPIPE_SZ, PIPE_SIZE);
	fcntl(out_fd, F_SETPIPE_SZ, PIPE_SIZE);
}

void copy_pipe_finish(struct copy_pipe *pipe)
{
	bytes_finish(&pipe->in);
	bytes_finish(&pipe->out);
}

/* Reads what is there; waits when nothing is. */
static int in_read(struct copy_pipe *pipe)
{
	ssize_t count;

	if (bytes_room(&pipe->in) == 0 && bytes_reserve(&pipe->in, IN_SIZE) < 0)
		return UV_ENOMEM;
	do
		count = read(pipe->in_fd, bytes_tail(&pipe->in), bytes_room(&pipe->in));
	while (count < 0 && errno == EINTR);
	if (count <= 0)
		return count < 0 ? -errno : UV_EOF;
	bytes_add(&pipe->in, (size_t)count);
	return 0;
}

/* A whole record that has come already: its length, 0, or UV_EPROTO. */
static int64_t in_take(struct copy_pipe *pipe, struct copy_record *ret_untrusted)
{
	bytes_consume(&pipe->in, pipe->consumed);
	pipe->consumed = 0;
	int64_t length =
		copy_record_decode(bytes_data(&pipe->in), bytes_length(&pipe->in), ret_untrusted);
	if (length > 0)
		pipe->consumed = (size_t)length;
	return length;
}

int copy_pipe_next(struct copy_pipe *pipe, struct copy_record *ret_untrusted)
{
	for (;;) {
		int64_t length = in_take(pipe, ret_untrusted);
		if (length != 0)
			return length < 0 ? (int)length : 0;
		int code = in_read(pipe);
		if (code < 0)
			return code;
	}
}

/* Reads once and hands on every record that is whole. */
static int in_handle(struct copy_pipe *pipe)
{
	struct copy_record untrusted_record;
	int code = in_read(pipe);

	while (code == 0) {
		int64_t length = in_take(pipe, &untrusted_record);
		if (length <= 0)
			return (int)length;
		code = pipe->on_record(pipe->data, &untrusted_record);
	}
	return code;
}

/* Waits until something can be written, and handles what comes meanwhile. */
static int out_wait(struct copy_pipe *pipe)
{
	struct pollfd fds[2] = {{.fd = pipe->out_fd, .events = POLLOUT},
		{.fd = pipe->on_record ? pipe->in_fd : -1, .events = POLLIN}};
	int code = 0;

	while (code == 0 && !fds[0].revents) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return -errno;
		if (fds[1].revents)
			code = in_handle(pipe);
	}
	return code;
}

/* Nobody will take what is queued. */
static int out_fail(struct copy_pipe *pipe, int code)
{
	bytes_clear(&pipe->out);
	return code;
}

int copy_pipe_flush(struct copy_pipe *pipe)
{
	while (bytes_length(&pipe->out) > 0) {
		int code = out_wait(pipe);
		if (code < 0)
			return code;
		ssize_t count = fd_write_some(
			pipe->out_fd, bytes_data(&pipe->out), bytes_length(&pipe->out));
		if (count < 0)
			return out_fail(pipe, -errno);
		bytes_consume(&pipe->out, (size_t)count);
	}
	return 0;
}

static int out_reserve(struct copy_pipe *pipe)
{
	return bytes_room(&pipe->out) < COPY_RECORD_MAX ? bytes_reserve(&pipe->out, OUT_SIZE) : 0;
}

static int out_check(struct copy_pipe *pipe)
{
	return bytes_length(&pipe->out) > OUT_HIGH_WATER ? copy_pipe_flush(pipe) : 0;
}

int copy_pipe_put(struct copy_pipe *pipe, const struct copy_record *record)
{
	if (out_reserve(pipe) < 0)
		return UV_ENOMEM;
	bytes_add(&pipe->out, copy_record_encode(bytes_tail(&pipe->out), record));
	return out_check(pipe);
}

/* The body, or what is left of it, by way of our own memory. */
static int file_read(struct copy_pipe *pipe, int fd, off_t at, size_t length)
{
	uint8_t *body = bytes_tail(&pipe->out);
	size_t done = 0;
	ssize_t count = 1;

	while (done < length && (count > 0 || (count < 0 && errno == EINTR))) {
		count = pread(fd, body + done, length - done, at + (off_t)done);
		done += count > 0 ? (size_t)count : 0;
	}
	int code = done == length ? 0 : count < 0 ? -errno : UV_ENXIO;
	memset(body + done, 0, length - done);
	bytes_add(&pipe->out, length);
	int written = out_check(pipe);
	return written < 0 ? written : code;
}

/* The same without it: returns how much of it was written, or what writing said. */
static ssize_t file_move(struct copy_pipe *pipe, int fd, off_t at, size_t length)
{
	size_t left = length;
	int code = copy_pipe_flush(pipe);

	while (code == 0 && left > 0) {
		code = out_wait(pipe);
		if (code < 0)
			break;
		ssize_t count = sendfile(pipe->out_fd, fd, &at, left);
		if (count > 0)
			left -= (size_t)count;
		else if (count < 0 && errno == EPIPE)
			return UV_EPIPE;
		else if (count == 0 || (errno != EAGAIN && errno != EINTR))
			break; /* the end, or it cannot be done so: reading tells */
	}
	return code < 0 ? code : (ssize_t)(length - left);
}

ssize_t copy_pipe_put_read(struct copy_pipe *pipe, int fd)
{
	struct copy_record record = {.type = COPY_DATA};
	ssize_t count;

	if (out_reserve(pipe) < 0)
		return UV_ENOMEM;
	do
		count = read(fd, bytes_tail(&pipe->out) + COPY_HEADER_SIZE, COPY_DATA_MAX);
	while (count < 0 && errno == EINTR);
	if (count <= 0)
		return count < 0 ? -errno : 0;
	record.body.length = (size_t)count;
	copy_record_encode_header(bytes_tail(&pipe->out), &record);
	bytes_add(&pipe->out, COPY_HEADER_SIZE + (size_t)count);
	int code = out_check(pipe);
	return code < 0 ? code : count;
}

int copy_pipe_put_file(struct copy_pipe *pipe, int fd, off_t at, size_t length)
{
	const struct copy_record record = {.type = COPY_DATA, .body = {.length = length}};
	ssize_t moved = 0;

	if (out_reserve(pipe) < 0)
		return UV_ENOMEM;
	bytes_add(&pipe->out, copy_record_encode_header(bytes_tail(&pipe->out), &record));
	if (length >= MOVE_MIN)
		moved = file_move(pipe, fd, at, length);
	if (moved < 0)
		return (int)moved;
	return (size_t)moved == length ? 0
				       : file_read(pipe, fd, at + moved, length - (size_t)moved);
}
