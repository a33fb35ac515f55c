#include "proto/copy-pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>
#include <uv.h>

#include "proto/fd.h"

#define IN_SIZE (256 * 1024) /* more than a record, so that small ones come in one read */
#define OUT_SIZE (192 * 1024)
#define OUT_HIGH_WATER (OUT_SIZE - COPY_RECORD_MAX)

void copy_pipe_init(struct copy_pipe *pipe, int in_fd, int out_fd)
{
	int flags = fcntl(out_fd, F_GETFL);

	*pipe = (struct copy_pipe){.in_fd = in_fd, .out_fd = out_fd};
	if (flags >= 0)
		fcntl(out_fd, F_SETFL, flags | O_NONBLOCK);
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

int copy_pipe_flush(struct copy_pipe *pipe)
{
	while (bytes_length(&pipe->out) > 0) {
		struct pollfd fds[2] = {{.fd = pipe->out_fd, .events = POLLOUT},
			{.fd = pipe->on_record ? pipe->in_fd : -1, .events = POLLIN}};
		if (poll(fds, 2, -1) < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		if (fds[1].revents) {
			int code = in_handle(pipe);
			if (code < 0)
				return code;
		}
		if (!fds[0].revents)
			continue;
		ssize_t count = fd_write_some(
			pipe->out_fd, bytes_data(&pipe->out), bytes_length(&pipe->out));
		if (count < 0) {
			bytes_clear(&pipe->out); /* nobody will take it */
			return -errno;
		}
		bytes_consume(&pipe->out, (size_t)count);
	}
	return 0;
}

int copy_pipe_put(struct copy_pipe *pipe, const struct copy_record *record)
{
	if (bytes_room(&pipe->out) < COPY_RECORD_MAX && bytes_reserve(&pipe->out, OUT_SIZE) < 0)
		return UV_ENOMEM;
	bytes_add(&pipe->out, copy_record_encode(bytes_tail(&pipe->out), record));
	return bytes_length(&pipe->out) > OUT_HIGH_WATER ? copy_pipe_flush(pipe) : 0;
}
