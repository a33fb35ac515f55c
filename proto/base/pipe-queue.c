#include "proto/base/pipe-queue.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <unistd.h>
#include <uv.h>

void pipe_queue_init(struct pipe_queue *queue)
{
	*queue = (struct pipe_queue){.read_fd = -1, .write_fd = -1};
}

int pipe_queue_open(struct pipe_queue *queue, int size)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	if (size > 0)
		fcntl(fds[0], F_SETPIPE_SZ, size);
	*queue = (struct pipe_queue){.read_fd = fds[0], .write_fd = fds[1]};
	return 0;
}

void pipe_queue_close(struct pipe_queue *queue)
{
	if (queue->read_fd >= 0) {
		close(queue->read_fd);
		close(queue->write_fd);
	}
	pipe_queue_init(queue);
}

static ssize_t splice_some(int from, off_t *at, int to, size_t length)
{
	ssize_t count;

	do
		count = splice(from, at, to, NULL, length, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
	while (count < 0 && errno == EINTR);
	return count < 0 ? -errno : count;
}

/* Whether it was us who had no room, when splice(2) said EAGAIN. */
static bool is_full(const struct pipe_queue *queue)
{
	struct pollfd poll_fd = {.fd = queue->write_fd, .events = POLLOUT};

	return queue->length > 0 && poll(&poll_fd, 1, 0) == 0;
}

ssize_t pipe_queue_fill(struct pipe_queue *queue, int fd, off_t *at, size_t length)
{
	ssize_t count = splice_some(fd, at, queue->write_fd, length);

	if (count > 0)
		queue->length += (size_t)count;
	return count == UV_EAGAIN && is_full(queue) ? UV_ENOBUFS : count;
}

int pipe_queue_put(struct pipe_queue *queue, const void *bytes, size_t length)
{
	ssize_t count = write(queue->write_fd, bytes, length);

	if (count > 0)
		queue->length += (size_t)count;
	return count == (ssize_t)length ? 0 : UV_ENOBUFS;
}

ssize_t pipe_queue_move(struct pipe_queue *queue, int fd)
{
	ssize_t count = splice_some(queue->read_fd, NULL, fd, queue->length);

	if (count > 0)
		queue->length -= (size_t)count;
	return count;
}

int pipe_queue_get(struct pipe_queue *queue, void *bytes, size_t length)
{
	size_t done = 0;

	while (done < length) {
		ssize_t count = read(queue->read_fd, (uint8_t *)bytes + done, length - done);
		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			return count < 0 ? -errno : UV_EIO;
		done += (size_t)count;
		queue->length -= (size_t)count;
	}
	return 0;
}

int pipe_queue_spill(struct pipe_queue *queue, struct bytes *bytes)
{
	struct bytes all = {0};
	size_t length = queue->length;
	int code = bytes_reserve(&all, length + bytes_length(bytes));

	if (code == 0)
		code = pipe_queue_get(queue, bytes_tail(&all), length);
	if (code == 0) {
		bytes_add(&all, length);
		code = bytes_append(&all, bytes_data(bytes), bytes_length(bytes));
	}
	if (code < 0) {
		bytes_finish(&all);
		return code;
	}
	bytes_finish(bytes);
	*bytes = all;
	return 0;
}
