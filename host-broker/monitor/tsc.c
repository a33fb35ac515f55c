#include "host-broker/monitor/tsc.h"

#if defined(__x86_64__) || defined(__i386__)
#include <time.h>
#include <x86intrin.h>

#define TRIES 16

struct sample {
	uint64_t ns, ticks;
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_RAW, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Both clocks at one moment: of several tries the one in which we were interrupted least. */
static struct sample sample_take(void)
{
	struct sample best = {0};
	uint64_t shortest = UINT64_MAX;

	for (int i = 0; i < TRIES; i++) {
		uint64_t before = __rdtsc();
		uint64_t ns = now_ns();
		uint64_t took = __rdtsc() - before;

		if (took < shortest) {
			shortest = took;
			best = (struct sample){.ns = ns, .ticks = before + took / 2};
		}
	}
	return best;
}

uint32_t tsc_khz(void)
{
	static uint32_t khz; /* does not change while the machine is up */
	const struct timespec pause = {.tv_nsec = TSC_MEASURE_MS * 1000000};

	if (khz)
		return khz;
	struct sample start = sample_take();
	nanosleep(&pause, NULL);
	struct sample end = sample_take();
	if (end.ns > start.ns) /* not where a test holds the clock */
		khz = (uint32_t)((end.ticks - start.ticks) * 1000000 / (end.ns - start.ns));
	return khz;
}
#else
uint32_t tsc_khz(void)
{
	return 0;
}
#endif
