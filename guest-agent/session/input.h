/*
 * Carries what the client sends to a program's stdin. What the program does not take at once waits
 * here, at most a window of it; credit is granted as it is taken.
 */
#ifndef VMSILO_AGENT_SESSION_INPUT_H
#define VMSILO_AGENT_SESSION_INPUT_H

#include <stdbool.h>
#include <uv.h>

#include "proto/base/bytes.h"
#include "proto/io/channel.h"
#include "proto/io/closer.h"
#include "proto/wire/credit.h"

struct input {
	struct channel *channel;
	int fd; /* -1 once closed */
	bool terminal;
	bool ending; /* END came; close when all is written */
	struct credit_receiver credit;
	struct bytes waiting;
	uv_loop_t *loop;
	struct closer *closer; /* of the owner, who has poll inside */
	uv_poll_t poll;        /* made when something waits for the first time */
	bool polls;
};

/* Takes fd, which is non-blocking. */
void input_start(struct input *input, uv_loop_t *loop, struct channel *channel, int fd,
	bool terminal, struct closer *closer);
/* A DATA frame's payload. UV_EPROTO when there was no credit for it. */
int input_data(struct input *input, const uint8_t *untrusted_bytes, uint32_t length);
void input_end(struct input *input);
/* Closes without a word; what waits is dropped. */
void input_abandon(struct input *input);

#endif
