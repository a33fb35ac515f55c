/*
 * Reads a peer no faster than its allowance permits: what was read is charged afterwards, and
 * reading pauses while the allowance is overdrawn. Nothing of an honest peer is lost, and what a
 * flooding one sends waits in its own socket. The log reports the start and the end of a flood.
 */
#ifndef VMSILO_BROKER_SYSTEM_PACE_H
#define VMSILO_BROKER_SYSTEM_PACE_H

#include <stdbool.h>
#include <uv.h>

#include "proto/base/allowance.h"
#include "proto/io/closer.h"

struct pace_options {
	const struct allowance_limits *limits;
	/* Pauses reading, and resumes it. Called from pace_spend() or the loop. */
	void (*on_hold)(void *data, bool hold);
	void *data;
	const char *vm;   /* borrowed for life, likewise below */
	const char *what; /* "its agent": who is read, for the log */
};

struct pace {
	struct pace_options options;
	struct allowance allowance;
	struct closer *closer;
	bool holds;
	uv_timer_t timer; /* until reading resumes; then, while it floods, whether that is over */
};

/* The timer is closer's from now on, and closed by pace_close(). */
void pace_init(struct pace *pace, uv_loop_t *loop, const struct pace_options *options,
	struct closer *closer);
void pace_close(struct pace *pace);
void pace_spend(struct pace *pace, uint32_t events, uint32_t bytes);
/* Whether reading is paused, for a caller that is about to start reading. */
bool pace_holds(const struct pace *pace);

#endif
