/* The streams of a session at the client's end, over its own three descriptors or others. */
#ifndef VMSILO_BROKER_CLI_SESSION_STDIO_H
#define VMSILO_BROKER_CLI_SESSION_STDIO_H

#include <stdbool.h>
#include <uv.h>

#include "host-broker/cli/session/stream-fd.h"
#include "proto/base/bytes.h"
#include "proto/io/channel.h"
#include "proto/io/closer.h"
#include "proto/wire/credit.h"

/* What both kinds tell their owner. */
struct stdio_ops {
	/* source: these bytes were read, and are sent now. */
	void (*on_read)(void *data, const uint8_t *bytes, size_t length);
	/* source: END was sent. */
	void (*on_ended)(void *data);
	/* sink: all that waited is written. */
	void (*on_empty)(void *data);
	/* It can be read or written no further, for a reason that is not the other side's: what is
	 * lost, nobody else tells of. stream is 0 to 2, code a negative UV_E*. */
	void (*on_failed)(void *data, uint16_t stream, int code);
};

/* Reads a descriptor and sends it as a session's stdin, within credit. */
struct source {
	struct channel *channel;
	struct stream_fd fd;
	bool open;
	bool held;  /* nothing is read yet */
	bool ended; /* END was sent */
	struct credit_sender credit;
	struct closer *closer;
	uv_poll_t poll;
	uv_idle_t idle; /* a file's turn */
	const struct stdio_ops *ops;
	void *data;
};

/* Takes fd; on an error, too. */
int source_start(struct source *source, uv_loop_t *loop, struct channel *channel,
	const struct stream_fd *fd, struct closer *closer, const struct stdio_ops *ops, void *data);
/* Nothing is to be read: says END at once. */
void source_start_empty(struct source *source, struct channel *channel);
int source_credit(struct source *source, uint32_t bytes);
void source_resume(struct source *source);
/* Reads nothing until source_release(): what was read, another session would not have. */
void source_hold(struct source *source);
void source_release(struct source *source);
/* The program reads no more: stop, and say END. */
void source_stop(struct source *source);
void source_finish(struct source *source);

/* Writes what came for stdout or stderr; what the reader does not take waits, within the window. */
struct sink {
	struct channel *channel;
	uint16_t stream;
	struct stream_fd fd;
	bool ending; /* END came */
	bool closed;
	bool broken; /* nobody reads: what comes is dropped */
	struct credit_receiver credit;
	struct bytes waiting;
	struct closer *closer;
	uv_poll_t poll;
	const struct stdio_ops *ops;
	void *data;
};

/* Takes fd; on an error, too. */
int sink_start(struct sink *sink, uv_loop_t *loop, struct channel *channel, uint16_t stream,
	const struct stream_fd *fd, struct closer *closer, const struct stdio_ops *ops, void *data);
int sink_data(struct sink *sink, const uint8_t *untrusted_bytes, uint32_t length);
/* END came. */
void sink_end(struct sink *sink);
bool sink_empty(const struct sink *sink);
void sink_finish(struct sink *sink);

#endif
