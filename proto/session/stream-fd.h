/*
 * A descriptor at the near end of a stream, read or written from a loop. One that we were started
 * with is others' as well: its flags stay as they are, so that nobody else's read(2) fails with
 * EAGAIN, now or when we are killed.
 *
 *   OWN      a pipe or a terminal of ours, or opened once more by way of /proc: non-blocking for us
 *            alone
 *   SOCKET   moved with MSG_DONTWAIT
 *   FILE     always ready; epoll(7) does not take it
 *   SHARED   what cannot be opened again (another user's terminal): moved when poll(2) says so, in
 *            pieces that do not block then, unless another who shares it was faster
 */
#ifndef VMSILO_PROTO_SESSION_STREAM_FD_H
#define VMSILO_PROTO_SESSION_STREAM_FD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <uv.h>

enum stream_kind { STREAM_OWN, STREAM_SOCKET, STREAM_FILE, STREAM_SHARED };

struct stream_fd {
	enum stream_kind kind;
	int fd;
	bool owned;     /* fd is closed with it */
	int watched_fd; /* what a loop polls: fd, or an epoll descriptor of ours that has it; -1:
			   FILE */
	int events;     /* what it polls for: UV_READABLE, UV_WRITABLE */
};

/* given is borrowed, and read or written until stream_fd_close(). 0 or a negative UV_E*. */
int stream_fd_open(struct stream_fd *ret, int given, bool writes);
/* Takes fd, of which we made the description ourselves. */
void stream_fd_take(struct stream_fd *ret, int fd, bool writes);
void stream_fd_close(struct stream_fd *stream);

/* As read(2) of a non-blocking descriptor: a count, 0 at the end, or a negative UV_E*: UV_EAGAIN
 * when nothing is there now. */
ssize_t stream_fd_read(const struct stream_fd *stream, void *bytes, size_t length);
/* Whether the kernel can move what it reads, or is written, between it and a pipe, for all that we
 * know; it does not block then, and nobody's place in a file that others share gets lost. */
bool stream_fd_splices(const struct stream_fd *stream, bool writes);

/* Writes what goes now; UV_EPIPE when nobody reads, for sockets as well. */
ssize_t stream_fd_write(const struct stream_fd *stream, const void *bytes, size_t length);

#endif
