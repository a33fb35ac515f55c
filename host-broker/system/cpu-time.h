/* How much processor time a process has had. */
#ifndef VMSILO_BROKER_SYSTEM_CPU_TIME_H
#define VMSILO_BROKER_SYSTEM_CPU_TIME_H

#include <stdint.h>
#include <sys/types.h>

/* user and system time of all its threads, in milliseconds. UV_ESRCH when it is gone. */
int cpu_time_read(pid_t pid, uint64_t *ret_ms);
/* From the text of /proc/PID/stat (proc(5)), in clock ticks. Pure. UV_EINVAL when it is none. */
int cpu_time_parse(const char *text, uint64_t *ret_ticks);

#endif
