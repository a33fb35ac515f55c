/*
 * The near end of a stream that is received: what came is written to a descriptor. What its reader
 * does not take at once waits here, at most a window of it, so that the other streams go on; credit
 * is granted as it is taken. A program's stdin in the guest, a user's stdout and stderr on the
 * host.
 *
 * A large payload goes from the socket to the descriptor by way of a pipe of ours, moved by the
 * kernel, where it can do that: it is tried.
 */
#ifndef VMSILO_PROTO_SESSION_SINK_H
#define VMSILO_PROTO_SESSION_SINK_H

#include <stdbool.h>
#include <uv.h>

#include "proto/base/bytes.h"
#include "proto/base/pipe-queue.h"
#include "proto/io/channel.h"
#include "proto/io/closer.h"
#include "proto/session/stream-fd.h"
#include "proto/wire/credit.h"

/* Each may be NULL. */
struct sink_ops {
	/* All that waited is written, or dropped since nobody reads. */
	void (*on_empty)(void *data);
	/* The stream has ended and all of it is written; fd is closed next. */
	void (*on_end)(void *data, int fd);
	/* Writing failed, for a reason other than a reader that has gone. Nobody else reports that
	 * data was lost. code is a negative UV_E*. */
	void (*on_failed)(void *data, uint16_t stream, int code);
};

struct sink {
	uv_loop_t *loop;
	struct channel *channel;
	uint16_t stream;
	struct stream_fd fd;
	bool ending; /* END came; close when all is written */
	bool closed; /* what comes is dropped */
	struct credit_receiver credit;
	bool copies;            /* nothing is spliced */
	struct pipe_queue hold; /* what waits first; made when it is wanted */
	struct bytes waiting;   /* what waits behind it */
	struct closer *closer;  /* the owner's; poll is one of its handles */
	uv_poll_t poll;         /* made when something waits for the first time */
	bool polls;
	const struct sink_ops *ops;
	void *data;
};

/* Takes fd. */
void sink_start(struct sink *sink, uv_loop_t *loop, struct channel *channel, uint16_t stream,
	const struct stream_fd *fd, struct closer *closer, const struct sink_ops *ops, void *data);
/* A DATA frame's payload. UV_EPROTO when there was no credit for it. */
int sink_data(struct sink *sink, const uint8_t *untrusted_bytes, uint32_t length);
/* The header of a DATA frame came. 1: its payload is to be given to sink_part() and taken by
 * sink_receive(); 0: it is wanted whole, for sink_data(); UV_EPROTO as there. */
int sink_begin(struct sink *sink, uint32_t length);
/* Bytes that came already. */
int sink_part(struct sink *sink, const uint8_t *untrusted_bytes, uint32_t length);
/* Takes at most length bytes from the socket. How many, 0 at its end, or a negative UV_E*. */
ssize_t sink_receive(struct sink *sink, int socket, uint32_t length);
/* END came. */
void sink_end(struct sink *sink);
bool sink_empty(const struct sink *sink);
/* Closes without a word; what waits is dropped. */
void sink_finish(struct sink *sink);

#endif
