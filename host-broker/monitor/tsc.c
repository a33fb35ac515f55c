#include "host-broker/monitor/tsc.h"

#if defined(__x86_64__) || defined(__i386__)
#include <time.h>
#include <x86intrin.h>

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_RAW, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

uint32_t tsc_khz(void)
{
	const struct timespec pause = {.tv_nsec = TSC_MEASURE_MS * 1000000};
	uint64_t start_ns = now_ns();
	uint64_t start = __rdtsc();

	nanosleep(&pause, NULL);
	uint64_t elapsed_ns = now_ns() - start_ns;
	uint64_t elapsed = __rdtsc() - start;
	return (uint32_t)(elapsed * 1000000 / elapsed_ns);
}
#else
uint32_t tsc_khz(void)
{
	return 0;
}
#endif
