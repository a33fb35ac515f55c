/*
 * The near end of a stream that is sent: a descriptor that is read within credit, as long as the
 * channel has room, and ended once. A program's stdout and stderr in the guest, a user's stdin on
 * the host.
 */
#ifndef VMSILO_PROTO_SESSION_SOURCE_H
#define VMSILO_PROTO_SESSION_SOURCE_H

#include <stdbool.h>
#include <uv.h>

#include "proto/io/channel.h"
#include "proto/io/closer.h"
#include "proto/session/stream-fd.h"
#include "proto/wire/credit.h"

/* Each may be NULL. */
struct source_ops {
	/* These bytes were read, and are sent now. May call source_finish(): then they are not.
	 * Without it nobody has to see them, and the kernel may move them. */
	void (*on_read)(void *data, const uint8_t *bytes, size_t length);
	/* END was sent. */
	void (*on_ended)(void *data);
	/* It can be read no further, for a reason that the other side does not know: code is a
	 * negative UV_E*. END follows. */
	void (*on_failed)(void *data, uint16_t stream, int code);
};

struct source {
	struct channel *channel;
	uint16_t stream;
	struct stream_fd fd;
	bool open;
	bool held;     /* nothing is read yet */
	bool draining; /* what is there is the last */
	bool ended;    /* END was sent */
	bool cut;      /* it was drained, and others could have written more */
	enum { SPLICE_UNTRIED, SPLICE_WORKS, SPLICE_NEVER } splice;
	unsigned int bulk; /* above 0: much comes, and is moved by the kernel where it can */
	struct credit_sender credit;
	struct closer *closer; /* the owner's; the handles below are its */
	uv_poll_t poll;
	uv_idle_t idle; /* a file's turn */
	const struct source_ops *ops;
	void *data;
};

/* Takes fd; on an error, too. */
int source_start(struct source *source, uv_loop_t *loop, struct channel *channel, uint16_t stream,
	const struct stream_fd *fd, struct closer *closer, const struct source_ops *ops,
	void *data);
/* Nothing is to be read: says END at once. */
void source_start_ended(struct source *source, struct channel *channel, uint16_t stream);
/* CREDIT came. UV_EPROTO when it is beyond the window. May call on_ended, as all below. */
int source_credit(struct source *source, uint32_t bytes);
/* The channel has room again. */
void source_resume(struct source *source);
/* Reads nothing until source_release(): what was read, another session would not have. */
void source_hold(struct source *source);
void source_release(struct source *source);
/* Sends what is there, then END. */
void source_drain(struct source *source);
/* Nobody reads the stream any more: END, now. */
void source_stop(struct source *source);
/* Closes without a word. */
void source_finish(struct source *source);

#endif
