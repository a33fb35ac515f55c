/*
 * A descriptor that is readable once the time of day has jumped: it was set, or the machine slept
 * (timerfd_create(2), TFD_TIMER_CANCEL_ON_SET). Nothing is polled, nothing wakes up before.
 */
#ifndef VMSILO_BROKER_CLOCK_CHANGE_H
#define VMSILO_BROKER_CLOCK_CHANGE_H

#include <stdbool.h>

/* Returns a descriptor, the caller's, or a negative UV_E*. */
int clock_change_open(void);
/* Once it is readable: whether the clock jumped. It waits for the next time then. */
bool clock_change_take(int fd);

#endif
