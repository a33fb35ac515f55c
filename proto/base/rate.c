#include "proto/base/rate.h"

void rate_init(struct rate *rate, uint32_t per_second, uint32_t burst, uint64_t now_ms)
{
	*rate = (struct rate){
		.per_second = per_second,
		.burst = burst,
		.thousandths = (int64_t)burst * 1000,
		.at_ms = now_ms,
	};
}

static void rate_fill(struct rate *rate, uint64_t now_ms)
{
	int64_t full = (int64_t)rate->burst * 1000;
	uint64_t passed_ms = now_ms > rate->at_ms ? now_ms - rate->at_ms : 0;

	rate->at_ms = now_ms;
	/* An hour fills any bucket, and the product stays far from the type's end. */
	if (passed_ms > 3600 * 1000)
		passed_ms = 3600 * 1000;
	rate->thousandths += (int64_t)(passed_ms * rate->per_second);
	if (rate->thousandths > full)
		rate->thousandths = full;
}

bool rate_take(struct rate *rate, uint32_t count, uint64_t now_ms)
{
	int64_t wanted = (int64_t)count * 1000;

	rate_fill(rate, now_ms);
	if (rate->thousandths < wanted)
		return false;
	rate->thousandths -= wanted;
	return true;
}

static uint64_t lack_ms(const struct rate *rate, int64_t wanted)
{
	if (rate->thousandths >= wanted)
		return 0;
	return ((uint64_t)(wanted - rate->thousandths) + rate->per_second - 1) / rate->per_second;
}

uint64_t rate_owe(struct rate *rate, uint32_t count, uint64_t now_ms)
{
	rate_fill(rate, now_ms);
	rate->thousandths -= (int64_t)count * 1000;
	return lack_ms(rate, 0);
}

uint64_t rate_wait_ms(struct rate *rate, uint32_t count, uint64_t now_ms)
{
	rate_fill(rate, now_ms);
	return lack_ms(rate, (int64_t)count * 1000);
}
