/*
 * When a VM that failed may be started again by a request. Pure; times are given.
 *
 * The first failures cost nothing: the next request starts it again. From BACKOFF_FREE in a row on
 * each costs twice the time of the one before. A run that was long enough was a good one, however
 * it ended.
 */
#ifndef VMSILO_BROKER_RESTART_BACKOFF_H
#define VMSILO_BROKER_RESTART_BACKOFF_H

#include <stdint.h>

#define BACKOFF_FREE 3
#define BACKOFF_FIRST_MS 2000
#define BACKOFF_MOST_MS 120000
#define BACKOFF_GOOD_RUN_MS 60000

struct restart_backoff {
	unsigned int failures; /* in a row */
	uint64_t until_ms;     /* Unix time before which it is not started; 0: none */
};

/* ran_ms: from the start to the failure. */
void restart_backoff_failed(struct restart_backoff *backoff, uint64_t now_ms, uint64_t ran_ms);
/* It ended as it should. */
void restart_backoff_clear(struct restart_backoff *backoff);
/* 0: it may be started. */
uint64_t restart_backoff_wait_ms(const struct restart_backoff *backoff, uint64_t now_ms);

#endif
