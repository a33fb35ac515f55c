/* So that somebody who is refused again and again does not fill the log. Pure. */
#ifndef VMSILO_BROKER_REFUSALS_H
#define VMSILO_BROKER_REFUSALS_H

#include <stdbool.h>
#include <stdint.h>

#define REFUSALS_TOLD_MAX 10
#define REFUSALS_WINDOW_MS 10000

struct refusals {
	uint64_t window_ms; /* when it began */
	unsigned int told, left_out;
};

/* Whether this one is told; *ret_left_out: how many were not since the last that was. */
bool refusals_tell(struct refusals *refusals, uint64_t now_ms, unsigned int *ret_left_out);

#endif
