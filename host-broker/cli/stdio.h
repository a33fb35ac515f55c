/* The client's own three descriptors, whatever they are. */
#ifndef VMSILO_CLI_STDIO_H
#define VMSILO_CLI_STDIO_H

#include <stdbool.h>
#include <uv.h>

#include "proto/bytes.h"
#include "proto/channel.h"
#include "proto/closer.h"
#include "proto/credit.h"

/* Opens /dev/null for those that are closed, so that no socket takes their numbers. Remembers all
 * three's flags: libuv makes descriptors non-blocking, which others who share them would notice. */
int stdio_prepare(void);
/* Puts the flags back. */
void stdio_restore(void);
/* The session reads and writes: remembers the flags as it has them. */
void stdio_started(void);
/* After a stop, in which the flags were put back, or changed by whoever had the terminal. */
void stdio_resume(void);

/* Reads a descriptor and sends it as a session's stdin, within credit. */
struct source {
	uv_loop_t *loop;
	struct channel *channel;
	int fd;
	bool owned; /* closed with the stream; set after source_start() */
	bool file;  /* always readable: epoll does not take it */
	bool open;
	bool ended; /* END was sent */
	struct credit_sender credit;
	struct closer *closer;
	uv_poll_t poll;
	uv_idle_t idle; /* a file's turn */
	/* END was sent; set after source_start(). May be NULL. */
	void (*on_ended)(void *data);
	void *data;
};

int source_start(struct source *source, uv_loop_t *loop, struct channel *channel, int fd,
	struct closer *closer);
/* Nothing is to be read: says END at once. */
void source_start_empty(struct source *source, struct channel *channel);
int source_credit(struct source *source, uint32_t bytes);
void source_resume(struct source *source);
/* The program reads no more: stop, and say END. */
void source_stop(struct source *source);
void source_finish(struct source *source);

/* Writes what came for stdout or stderr; what the reader does not take waits, within the window. */
struct sink {
	struct channel *channel;
	uint16_t stream;
	int fd;
	bool owned; /* closed with the stream; set after sink_start() */
	bool file;
	bool ending; /* END came */
	bool closed;
	bool broken; /* nobody reads: what comes is dropped */
	struct credit_receiver credit;
	struct bytes waiting;
	struct closer *closer;
	uv_poll_t poll;
	void (*on_empty)(void *data); /* all that waited is written */
	void *data;
};

int sink_start(struct sink *sink, uv_loop_t *loop, struct channel *channel, uint16_t stream, int fd,
	struct closer *closer, void (*on_empty)(void *data), void *data);
int sink_data(struct sink *sink, const uint8_t *untrusted_bytes, uint32_t length);
/* END came. */
void sink_end(struct sink *sink);
bool sink_empty(const struct sink *sink);
void sink_finish(struct sink *sink);

#endif
