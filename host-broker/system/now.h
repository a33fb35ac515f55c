/*
 * What time it is, in ms, by the two clocks that outlive a broker.
 *
 *   unix_now_ms   the time of day, as the protocol tells it. It can be set: for how long something
 *                 lasts it is no measure.
 *   boot_now_ms   since the machine's boot, its sleep included: for how long something lasts.
 * Nobody can set it, and it means the same to the next broker, until the next boot.
 */
#ifndef VMSILO_BROKER_SYSTEM_NOW_H
#define VMSILO_BROKER_SYSTEM_NOW_H

#include <stdint.h>
#include <time.h>

static inline uint64_t clock_now_ms(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static inline uint64_t unix_now_ms(void)
{
	return clock_now_ms(CLOCK_REALTIME);
}

static inline uint64_t boot_now_ms(void)
{
	return clock_now_ms(CLOCK_BOOTTIME);
}

#endif
