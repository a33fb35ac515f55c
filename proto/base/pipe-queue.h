/*
 * Bytes that wait in the kernel: a pipe both of whose ends are ours, filled and emptied by
 * splice(2), so that what goes from one descriptor to another is never copied to us. Nothing here
 * blocks. SIGPIPE is the caller's to ignore.
 */
#ifndef VMSILO_PROTO_BASE_PIPE_QUEUE_H
#define VMSILO_PROTO_BASE_PIPE_QUEUE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "proto/base/bytes.h"

struct pipe_queue {
	int read_fd; /* -1: there is none */
	int write_fd;
	size_t length; /* bytes that wait */
};

void pipe_queue_init(struct pipe_queue *queue);
/* With room for size bytes, where the kernel allows it: an ordinary user's pipes are limited; 0:
 * for what a pipe has. How much goes in depends on the pages that it comes in, too. 0 or a negative
 * UV_E*. */
int pipe_queue_open(struct pipe_queue *queue, int size);
/* What waits is dropped. */
void pipe_queue_close(struct pipe_queue *queue);

/* Moves up to length bytes of fd here, from *at if at is not NULL. Returns how many; 0 at the end;
 * UV_EAGAIN when nothing is there now, UV_ENOBUFS when the queue is full, UV_EINVAL when fd cannot
 * be spliced, or what it said. */
ssize_t pipe_queue_fill(struct pipe_queue *queue, int fd, off_t *at, size_t length);
/* A few bytes of our own. UV_ENOBUFS. */
int pipe_queue_put(struct pipe_queue *queue, const void *bytes, size_t length);

/* Moves what waits to fd, as much as it takes. Returns how many; UV_EAGAIN when it takes none now;
 * UV_EINVAL when it cannot be spliced to; or what it said. */
ssize_t pipe_queue_move(struct pipe_queue *queue, int fd);
/* Reads length bytes, which wait, into ours. */
int pipe_queue_get(struct pipe_queue *queue, void *bytes, size_t length);
/* All that waits goes to the front of bytes. */
int pipe_queue_spill(struct pipe_queue *queue, struct bytes *bytes);

#endif
