/* A token bucket: so many a second, so many at once. Pure; times are given. */
#ifndef VMSILO_PROTO_BASE_RATE_H
#define VMSILO_PROTO_BASE_RATE_H

#include <stdbool.h>
#include <stdint.h>

struct rate {
	uint32_t per_second;
	uint32_t burst;
	int64_t thousandths; /* of a token, that are there; below 0: owed */
	uint64_t at_ms;      /* when that was counted */
};

void rate_init(struct rate *rate, uint32_t per_second, uint32_t burst, uint64_t now_ms);
/* Takes count tokens when they are there. */
bool rate_take(struct rate *rate, uint32_t count, uint64_t now_ms);
/* Takes them in any case; returns how long until nothing is owed. */
uint64_t rate_owe(struct rate *rate, uint32_t count, uint64_t now_ms);
/* How long until count tokens (at most the burst) are there; 0: now. */
uint64_t rate_wait_ms(struct rate *rate, uint32_t count, uint64_t now_ms);

#endif
