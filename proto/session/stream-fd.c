#include "proto/session/stream-fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "proto/base/cleanup.h"

#define PTMX makedev(5, 2) /* opened again, it would be the master of another terminal */

/* ---- opening ---- */

/* A pipe between programs; a FIFO in a folder looks the same to fstat(2). */
static bool is_nameless_pipe(int fd)
{
	struct statfs status;

	return fstatfs(fd, &status) == 0 && status.f_type == PIPEFS_MAGIC;
}

static bool may_reopen(int fd, bool writes)
{
	struct stat status;
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || (flags & O_ACCMODE) == (writes ? O_RDONLY : O_WRONLY) ||
		fstat(fd, &status) < 0)
		return false;
	return S_ISFIFO(status.st_mode) ||
	       (S_ISCHR(status.st_mode) && status.st_rdev != PTMX && isatty(fd));
}

static int reopen(int fd, bool writes)
{
	char path[64];

	if (!may_reopen(fd, writes))
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, (writes ? O_WRONLY : O_RDONLY) | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

static bool is_socket(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode);
}

/* An epoll descriptor that is ready when fd is: libuv would make fd itself non-blocking. */
static int watch(int fd, bool writes)
{
	struct epoll_event event = {.events = writes ? EPOLLOUT : EPOLLIN};
	_cleanup_close_ int epoll = epoll_create1(EPOLL_CLOEXEC);

	if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		return -errno;
	return steal_fd(&epoll);
}

int stream_fd_open(struct stream_fd *ret, int given, bool writes)
{
	int own = reopen(given, writes);

	*ret = (struct stream_fd){.kind = STREAM_OWN,
		.fd = own,
		.owned = true,
		.watched_fd = own,
		.events = writes ? UV_WRITABLE : UV_READABLE};
	/* The end of a FIFO is told only to who had it open before its writer went. */
	if (own >= 0 && (writes || isatty(own) || is_nameless_pipe(own)))
		return 0;
	int watched = watch(given, writes);
	if (own < 0) {
		ret->kind = watched == -EPERM  ? STREAM_FILE
			    : is_socket(given) ? STREAM_SOCKET
					       : STREAM_SHARED;
		ret->fd = given;
		ret->owned = false;
	}
	ret->watched_fd = watched < 0 ? -1 : watched;
	ret->events = UV_READABLE;
	if (watched >= 0 || ret->kind == STREAM_FILE)
		return 0;
	stream_fd_close(ret);
	return watched;
}

void stream_fd_take(struct stream_fd *ret, int fd, bool writes)
{
	int yes = 1;

	ioctl(fd, FIONBIO, &yes); /* in one call; fcntl(2) takes two */
	*ret = (struct stream_fd){.kind = STREAM_OWN,
		.fd = fd,
		.owned = true,
		.watched_fd = fd,
		.events = writes ? UV_WRITABLE : UV_READABLE};
}

void stream_fd_close(struct stream_fd *stream)
{
	if (stream->watched_fd >= 0 && stream->watched_fd != stream->fd)
		close(stream->watched_fd);
	if (stream->owned)
		close(stream->fd);
	stream->watched_fd = stream->fd = -1;
	stream->owned = false;
}

/*
 * Pipes; files that are read, whose place we move ourselves: splice(2) does not lock it; and what
 * is written without a place, such as /dev/null. Not what is a terminal, or a socket that others
 * want to block.
 */
bool stream_fd_splices(const struct stream_fd *stream, bool writes)
{
	struct stat status;

	if (stream->kind == STREAM_SOCKET || fstat(stream->fd, &status) < 0)
		return false;
	if (S_ISFIFO(status.st_mode))
		return true;
	if (stream->kind != STREAM_FILE)
		return false;
	return writes ? S_ISCHR(status.st_mode) : S_ISREG(status.st_mode);
}

/* ---- moving ---- */

static bool is_ready(int fd, short events)
{
	struct pollfd poll_fd = {.fd = fd, .events = events};

	return poll(&poll_fd, 1, 0) > 0;
}

/* Kernels since 6.4 can be told not to wait, whatever the description says. */
static ssize_t shared_read(int fd, void *bytes, size_t length)
{
	const struct iovec iov = {.iov_base = bytes, .iov_len = length};
	ssize_t count = preadv2(fd, &iov, 1, -1, RWF_NOWAIT);

	if (count >= 0 || errno != EOPNOTSUPP)
		return count;
	if (is_ready(fd, POLLIN))
		return read(fd, bytes, length);
	errno = EAGAIN;
	return -1;
}

/* So much of it goes into a pipe that is said to be writable. */
static ssize_t shared_write(int fd, const void *bytes, size_t length)
{
	const struct iovec iov = {.iov_base = (void *)bytes, .iov_len = length};
	ssize_t count = pwritev2(fd, &iov, 1, -1, RWF_NOWAIT);

	if (count >= 0 || errno != EOPNOTSUPP)
		return count;
	size_t piece = isatty(fd) ? _POSIX_PIPE_BUF : PIPE_BUF;
	if (is_ready(fd, POLLOUT))
		return write(fd, bytes, length < piece ? length : piece);
	errno = EAGAIN;
	return -1;
}

ssize_t stream_fd_read(const struct stream_fd *stream, void *bytes, size_t length)
{
	ssize_t count;

	do {
		if (stream->kind == STREAM_SOCKET)
			count = recv(stream->fd, bytes, length, MSG_DONTWAIT);
		else if (stream->kind == STREAM_SHARED)
			count = shared_read(stream->fd, bytes, length);
		else
			count = read(stream->fd, bytes, length);
	} while (count < 0 && errno == EINTR);
	return count < 0 ? -errno : count;
}

static ssize_t write_once(const struct stream_fd *stream, const void *bytes, size_t length)
{
	switch (stream->kind) {
	case STREAM_SOCKET:
		return send(stream->fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);
	case STREAM_SHARED:
		return shared_write(stream->fd, bytes, length);
	default:
		return write(stream->fd, bytes, length);
	}
}

ssize_t stream_fd_write(const struct stream_fd *stream, const void *bytes, size_t length)
{
	size_t done = 0;

	while (done < length) {
		ssize_t count = write_once(stream, (const uint8_t *)bytes + done, length - done);
		if (count >= 0)
			done += (size_t)count;
		else if (errno == EAGAIN && stream->kind != STREAM_FILE)
			break;
		else if (errno == ECONNRESET)
			return UV_EPIPE;
		else if (errno != EINTR)
			return -errno;
	}
	return (ssize_t)done;
}
