/*
 * The end of a machine whose first process is systemd. It is asked by its signal for that
 * (systemd(1), SIGRTMIN+4), which takes neither D-Bus nor logind: both may be starting still, and
 * who asks by them waits for that. Until systemd listens there is nobody to ask.
 */
#ifndef VMSILO_AGENT_SYSTEM_POWER_OFF_H
#define VMSILO_AGENT_SYSTEM_POWER_OFF_H

#include <stdbool.h>

#define POWER_OFF_LOOK_MS 100 /* between two tries, */
#define POWER_OFF_TRIES 300   /* after so many of which the machine ends without it */

/* 0; UV_EAGAIN: it does not listen yet. */
int systemd_power_off(void);
/* Whether a process takes a signal, by the text of its /proc/PID/status (proc(5)): has a handler,
 * or blocks it, since it reads it. Pure. */
bool signal_is_taken(const char *status, int signal);

#endif
