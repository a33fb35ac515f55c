/*
 * Carries a program's stdout or stderr to the client: read when there is credit and the channel has
 * room, sent at once, ended once.
 */
#ifndef VMSILO_AGENT_SESSION_OUTPUT_H
#define VMSILO_AGENT_SESSION_OUTPUT_H

#include <stdbool.h>
#include <uv.h>

#include "proto/io/channel.h"
#include "proto/io/closer.h"
#include "proto/wire/credit.h"

struct output {
	struct channel *channel;
	uint16_t stream;
	int fd;        /* -1 once ended */
	bool draining; /* what is there is the last */
	bool ended;    /* END was sent */
	bool cut;      /* it was drained, and others could have written more */
	struct credit_sender credit;
	struct closer *closer; /* of the owner, who has poll inside */
	uv_poll_t poll;
	void (*on_ended)(void *data);
	void *data;
};

/* Takes fd. */
int output_start(struct output *output, uv_loop_t *loop, struct channel *channel, uint16_t stream,
	int fd, struct closer *closer, void (*on_ended)(void *data), void *data);
/* There is none: says END at once. */
void output_start_ended(struct output *output, struct channel *channel, uint16_t stream);
int output_credit(struct output *output, uint32_t bytes);
/* The channel has room again. */
void output_resume(struct output *output);
/* Read what is there, then end. May call on_ended. */
void output_drain(struct output *output);
/* The client does not want more. May call on_ended. */
void output_stop(struct output *output);
/* Closes without a word. */
void output_abandon(struct output *output);

#endif
