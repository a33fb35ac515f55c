/*
 * A rate limit for what a guest or a user can make us do: events and bytes, per second and at once.
 * Every log, journal, queue or table that a guest or a user can fill is behind one of these. Each
 * VM and each user has its own, so that a flood uses up only the allowance of its source.
 *
 *   CALM --exceeded--> FLOODING --half of the burst is available again--> CALM
 *
 * The caller reports both transitions, once each. Pure; times are passed in.
 */
#ifndef VMSILO_PROTO_BASE_ALLOWANCE_H
#define VMSILO_PROTO_BASE_ALLOWANCE_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/base/rate.h"

struct allowance_limits {
	uint32_t per_second, burst; /* events */
	uint32_t bytes_per_second, bytes_burst;
	bool strict; /* nothing is taken while FLOODING; otherwise the rate is */
};

struct allowance {
	struct rate events, bytes;
	bool strict;
	bool floods;
	uint64_t left_out; /* since FLOODING began */
};

enum allowance_answer {
	ALLOWANCE_TAKEN,
	ALLOWANCE_EXCEEDED, /* not taken, and FLOODING begins: to be reported */
	ALLOWANCE_LEFT_OUT, /* not taken */
};

void allowance_init(
	struct allowance *allowance, const struct allowance_limits *limits, uint64_t now_ms);
/* For what can be dropped: one event of this many bytes. More than the burst counts as the burst.
 */
enum allowance_answer allowance_take(struct allowance *allowance, uint32_t bytes, uint64_t now_ms);
/* For what can be delayed: always taken. Returns how long the next must wait (0: not at all);
 * *ret_begins: FLOODING begins. */
uint64_t allowance_owe(struct allowance *allowance, uint32_t events, uint32_t bytes,
	uint64_t now_ms, bool *ret_begins);
/* True once when a flood is over; *ret_left_out: how many events were dropped in it. */
bool allowance_calms(struct allowance *allowance, uint64_t now_ms, uint64_t *ret_left_out);

#endif
