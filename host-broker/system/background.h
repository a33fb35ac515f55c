/*
 * A process that is to be in nobody's way: it computes and reads its disks when nobody else does.
 * Taken back without more rights than it takes: where the caller has CAP_SYS_NICE, by the nice
 * value; else by that of its session's group (sched(7), "The autogroup feature"), which is the
 * kernel's to have, or not. And by its threads' class of I/O (ioprio_set(2)).
 */
#ifndef VMSILO_BROKER_SYSTEM_BACKGROUND_H
#define VMSILO_BROKER_SYSTEM_BACKGROUND_H

#include <stdbool.h>
#include <sys/types.h>

/* As far as it goes. pid: the leader of a session of its own. */
void background_set(pid_t pid, bool background);

#endif
