/* How much of the host's memory a monitor's guest really takes: the touched pages of its memory,
 * which the monitor maps shared. */
#ifndef VMSILO_BROKER_MEMORY_RESIDENT_H
#define VMSILO_BROKER_MEMORY_RESIDENT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Bytes, of the text of /proc/PID/status; 0 when it does not say. Pure. */
uint64_t resident_parse(const char *text, size_t length);
/* 0 when the process is gone. */
uint64_t resident_of(pid_t pid);

#endif
