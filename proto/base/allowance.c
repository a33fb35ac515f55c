#include "proto/base/allowance.h"

void allowance_init(
	struct allowance *allowance, const struct allowance_limits *limits, uint64_t now_ms)
{
	*allowance = (struct allowance){.strict = limits->strict};
	rate_init(&allowance->events, limits->per_second, limits->burst, now_ms);
	rate_init(&allowance->bytes, limits->bytes_per_second, limits->bytes_burst, now_ms);
}

static bool has(struct allowance *allowance, uint32_t events, uint32_t bytes, uint64_t now_ms)
{
	return rate_wait_ms(&allowance->events, events, now_ms) == 0 &&
	       rate_wait_ms(&allowance->bytes, bytes, now_ms) == 0;
}

enum allowance_answer allowance_take(struct allowance *allowance, uint32_t bytes, uint64_t now_ms)
{
	bool began = !allowance->floods;

	if (bytes > allowance->bytes.burst)
		bytes = allowance->bytes.burst;
	if (has(allowance, 1, bytes, now_ms)) {
		/* A strict flood uses up its allowance although nothing is taken: it is over only
		 * when the source is silent. */
		rate_take(&allowance->events, 1, now_ms);
		rate_take(&allowance->bytes, bytes, now_ms);
		if (!allowance->floods || !allowance->strict)
			return ALLOWANCE_TAKEN;
	}
	allowance->floods = true;
	allowance->left_out++;
	return began ? ALLOWANCE_EXCEEDED : ALLOWANCE_LEFT_OUT;
}

uint64_t allowance_owe(struct allowance *allowance, uint32_t events, uint32_t bytes,
	uint64_t now_ms, bool *ret_begins)
{
	uint64_t for_events = rate_owe(&allowance->events, events, now_ms);
	uint64_t for_bytes = rate_owe(&allowance->bytes, bytes, now_ms);
	uint64_t wait_ms = for_events > for_bytes ? for_events : for_bytes;

	*ret_begins = wait_ms > 0 && !allowance->floods;
	if (wait_ms > 0)
		allowance->floods = true;
	return wait_ms;
}

bool allowance_calms(struct allowance *allowance, uint64_t now_ms, uint64_t *ret_left_out)
{
	if (!allowance->floods ||
		!has(allowance, allowance->events.burst / 2, allowance->bytes.burst / 2, now_ms))
		return false;
	*ret_left_out = allowance->left_out;
	allowance->floods = false;
	allowance->left_out = 0;
	return true;
}
