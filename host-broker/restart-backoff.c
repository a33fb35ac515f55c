#include "host-broker/restart-backoff.h"

void restart_backoff_failed(struct restart_backoff *backoff, uint64_t now_ms, uint64_t ran_ms)
{
	uint64_t wait_ms = BACKOFF_FIRST_MS;

	backoff->failures = ran_ms >= BACKOFF_GOOD_RUN_MS ? 1 : backoff->failures + 1;
	backoff->until_ms = 0;
	if (backoff->failures < BACKOFF_FREE)
		return;
	for (unsigned int i = BACKOFF_FREE; i < backoff->failures && wait_ms < BACKOFF_MOST_MS; i++)
		wait_ms *= 2;
	backoff->until_ms = now_ms + (wait_ms < BACKOFF_MOST_MS ? wait_ms : BACKOFF_MOST_MS);
}

void restart_backoff_clear(struct restart_backoff *backoff)
{
	*backoff = (struct restart_backoff){0};
}

uint64_t restart_backoff_wait_ms(const struct restart_backoff *backoff, uint64_t now_ms)
{
	uint64_t wait_ms = backoff->until_ms > now_ms ? backoff->until_ms - now_ms : 0;

	/* A clock that was set back holds nobody longer than the longest wait. */
	return wait_ms < BACKOFF_MOST_MS ? wait_ms : BACKOFF_MOST_MS;
}
