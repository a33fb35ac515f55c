/*
 * What is to be sent on a non-blocking stream socket and has not been taken yet: bytes, and at one
 * place among them, perhaps, a payload that waits in the kernel.
 *
 *   | bytes, of which `before` come first | pipe | the other bytes |
 */
#ifndef VMSILO_PROTO_IO_SEND_QUEUE_H
#define VMSILO_PROTO_IO_SEND_QUEUE_H

#include <stdbool.h>

#include "proto/base/bytes.h"
#include "proto/base/pipe-queue.h"
#include "proto/wire/frame.h"

struct send_queue {
	int fd; /* borrowed */
	struct bytes bytes;
	struct pipe_queue pipe;
	size_t before;
	bool blocked; /* the socket took no more; so it is as long as pipe holds something */
	bool copies;  /* nothing is spliced to this socket */
};

void send_queue_init(struct send_queue *queue, int fd);
void send_queue_finish(struct send_queue *queue);
/* Forgets what waits. */
void send_queue_clear(struct send_queue *queue);
size_t send_queue_length(const struct send_queue *queue);

/* Below, an error (negative UV_E*) means that half a frame may be on its way: the stream cannot go
 * on. */

/* Queues a frame and sends nothing yet. */
int send_queue_add(struct send_queue *queue, const uint8_t header[FRAME_HEADER_SIZE],
	const void *payload, uint32_t length);
/* Sends what is queued and the frame behind it, as far as the socket takes them. */
int send_queue_send(struct send_queue *queue, const uint8_t header[FRAME_HEADER_SIZE],
	const void *payload, uint32_t length);
/*
 * The same with a frame of what fd has, from *at if at is not NULL, up to length bytes: moved by
 * the kernel. Nothing is announced before it is here. *ret_code is an error of the sending, or 0.
 * Returns how much fd had; 0 at its end; UV_EAGAIN when it has nothing now; UV_ENOTSUP when it
 * cannot be done, now or ever, and reading is to be tried; or what fd said.
 */
ssize_t send_queue_splice(struct send_queue *queue, uint16_t type, uint16_t stream, int fd,
	off_t *at, uint32_t length, int *ret_code);
/* Sends what is queued. */
int send_queue_write(struct send_queue *queue);

#endif
