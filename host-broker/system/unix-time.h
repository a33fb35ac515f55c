/* The time of day, as the protocol tells it. For how long something lasts it is no measure, since
 * it can be set: boot-time.h. */
#ifndef VMSILO_BROKER_SYSTEM_UNIX_TIME_H
#define VMSILO_BROKER_SYSTEM_UNIX_TIME_H

#include <stdint.h>
#include <time.h>

static inline uint64_t unix_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

#endif
