#include "host-broker/vm/restart-backoff.h"

static void until_set(struct restart_backoff *backoff, uint64_t now_ms)
{
	uint64_t wait_ms = BACKOFF_FIRST_MS;

	backoff->until_ms = 0;
	if (backoff->failures < BACKOFF_FREE)
		return;
	for (unsigned int i = BACKOFF_FREE; i < backoff->failures && wait_ms < BACKOFF_MOST_MS; i++)
		wait_ms *= 2;
	backoff->until_ms = now_ms + (wait_ms < BACKOFF_MOST_MS ? wait_ms : BACKOFF_MOST_MS);
}

void restart_backoff_failed(struct restart_backoff *backoff, uint64_t now_ms, uint64_t ran_ms)
{
	backoff->failures = ran_ms >= BACKOFF_GOOD_RUN_MS ? 1 : backoff->failures + 1;
	backoff->reboots = 0;
	until_set(backoff, now_ms);
}

bool restart_backoff_rebooted(struct restart_backoff *backoff, uint64_t now_ms, uint64_t was_up_ms)
{
	backoff->reboots = was_up_ms < REBOOT_SOON_MS ? backoff->reboots + 1 : 1;
	if (backoff->reboots < REBOOTS_FREE)
		return true;
	/* The reboots that it had for nothing were failures as well. */
	backoff->failures =
		backoff->reboots > backoff->failures ? backoff->reboots : backoff->failures + 1;
	until_set(backoff, now_ms);
	return false;
}

void restart_backoff_clear(struct restart_backoff *backoff)
{
	*backoff = (struct restart_backoff){0};
}

uint64_t restart_backoff_wait_ms(const struct restart_backoff *backoff, uint64_t now_ms)
{
	return backoff->until_ms > now_ms ? backoff->until_ms - now_ms : 0;
}
