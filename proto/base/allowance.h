/*
 * What somebody may make us do: so many events and so many bytes a second, so many at once. Every
 * log, journal, queue or table that a guest or a user can fill is behind one of these, which is
 * that VM's or that user's own, so that who floods uses up what is his and nobody else's.
 *
 *   CALM --more than there is--> FLOODING --half of it is there again--> CALM
 *
 * The caller tells of both turns, once each. Pure; times are given.
 */
#ifndef VMSILO_PROTO_BASE_ALLOWANCE_H
#define VMSILO_PROTO_BASE_ALLOWANCE_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/base/rate.h"

struct allowance_limits {
	uint32_t per_second, burst; /* events */
	uint32_t bytes_per_second, bytes_burst;
	bool strict; /* who floods gets nothing until he is calm, instead of so much a second */
};

struct allowance {
	struct rate events, bytes;
	bool strict;
	bool floods;
	uint64_t left_out; /* since it floods */
};

enum allowance_answer {
	ALLOWANCE_TAKEN,
	ALLOWANCE_EXCEEDED, /* not taken, and he floods from here on: to be told */
	ALLOWANCE_LEFT_OUT, /* not taken */
};

void allowance_init(
	struct allowance *allowance, const struct allowance_limits *limits, uint64_t now_ms);
/* For what can be left out: one event of so many bytes. More than the burst counts as the burst. */
enum allowance_answer allowance_take(struct allowance *allowance, uint32_t bytes, uint64_t now_ms);
/* For what can wait: it is taken in any case. How long until the next may come (0: at once);
 * *ret_begins: he floods from here on. */
uint64_t allowance_owe(struct allowance *allowance, uint32_t events, uint32_t bytes,
	uint64_t now_ms, bool *ret_begins);
/* True once when a flood is over; *ret_left_out: how many were left out of it. */
bool allowance_calms(struct allowance *allowance, uint64_t now_ms, uint64_t *ret_left_out);

#endif
