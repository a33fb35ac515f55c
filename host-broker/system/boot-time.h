/* Time since the machine's boot, its sleep included: for how long something lasts. Nobody can set
 * it, and it means the same to a broker that comes after this one, until the next boot. */
#ifndef VMSILO_BROKER_SYSTEM_BOOT_TIME_H
#define VMSILO_BROKER_SYSTEM_BOOT_TIME_H

#include <stdint.h>
#include <time.h>

static inline uint64_t boot_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

#endif
