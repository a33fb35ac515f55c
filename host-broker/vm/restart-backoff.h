/*
 * When a VM that failed may be started again by a request. Pure; times are given, of a clock that
 * does not go back.
 *
 * The first failures cost nothing: the next request starts it again. From BACKOFF_FREE in a row on
 * each costs twice the time of the one before. A run that was long enough was a good one, however
 * it ended.
 *
 * A guest that reboots has not failed, unless it does so again and again, each time as soon as it
 * is up: from REBOOTS_FREE in a row on each counts as a failure, and the VM is not started again by
 * itself.
 */
#ifndef VMSILO_BROKER_VM_RESTART_BACKOFF_H
#define VMSILO_BROKER_VM_RESTART_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

#define BACKOFF_FREE 3
#define BACKOFF_FIRST_MS 2000
#define BACKOFF_MOST_MS 120000
#define BACKOFF_GOOD_RUN_MS 60000
#define REBOOTS_FREE 4
#define REBOOT_SOON_MS 10000

struct restart_backoff {
	unsigned int failures; /* in a row */
	unsigned int reboots;  /* in a row, each within REBOOT_SOON_MS */
	uint64_t until_ms;     /* before which it is not started; 0: none */
};

/* ran_ms: from the start to the failure. */
void restart_backoff_failed(struct restart_backoff *backoff, uint64_t now_ms, uint64_t ran_ms);
/* Its guest rebooted; was_up_ms: for how long its agent had been there. False: it is not started
 * again for that. */
bool restart_backoff_rebooted(struct restart_backoff *backoff, uint64_t now_ms, uint64_t was_up_ms);
/* It ended as it should. */
void restart_backoff_clear(struct restart_backoff *backoff);
/* 0: it may be started. */
uint64_t restart_backoff_wait_ms(const struct restart_backoff *backoff, uint64_t now_ms);

#endif
