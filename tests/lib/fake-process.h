/*
 * Child processes that exist in memory only, in place of host-broker/system/process.c: a test
 * says when and how they end.
 */
#ifndef VMSILO_TESTS_FAKE_PROCESS_H
#define VMSILO_TESTS_FAKE_PROCESS_H

#include "host-broker/system/process.h"

/* The one that was started last and runs; NULL when there is none. */
struct process *fake_process_last(void);
/* status: as of waitpid(2). Told at once; tail: what it had said, borrowed for life. */
void fake_process_exit(struct process *process, int status, const char *tail);

#endif
