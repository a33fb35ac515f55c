/*
 * The guest's clock after the host's: its own stands still while the host sleeps or the monitor is
 * stopped. Random numbers as well: a guest that was stopped, or whose memory was copied, must not
 * go on with what it had.
 */
#ifndef VMSILO_AGENT_SYSTEM_CLOCK_H
#define VMSILO_AGENT_SYSTEM_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Less than this is left alone: a step back confuses programs more than it helps. */
#define CLOCK_STEP_MS 500
#define CLOCK_ENTROPY_MAX 64 /* bytes */

/* By how much the clock must be set forward (negative: back); 0 when it is near enough. Pure. */
int64_t clock_step_ms(uint64_t now_ns, uint64_t wanted_ns);

/* allowed: the clock is ours to set (see agent_options.set_clock). Returns by how many ms it was
 * stepped. What fails is logged. */
int64_t clock_follow(bool allowed, uint64_t wanted_ns);
/* The same for the random generator. entropy: at most CLOCK_ENTROPY_MAX bytes. */
void clock_reseed(bool allowed, const uint8_t *entropy, size_t length);

#endif
