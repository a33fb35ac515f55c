/*
 * Limits how much of the broker's log guests and users can cause: each VM and each user has an
 * allowance of its own for the lines that it causes (log_guest_*, log_user_*). When that is
 * exceeded, the log says so once, and further lines of that source are dropped until its flood is
 * over; then their number is logged. All other lines are not affected.
 */
#ifndef VMSILO_BROKER_SYSTEM_LOG_BUDGET_H
#define VMSILO_BROKER_SYSTEM_LOG_BUDGET_H

#include <uv.h>

#include "proto/base/allowance.h"

#define LOG_BUDGET_BURST 20   /* lines of one VM or user at once: all of what goes wrong once */
#define LOG_BUDGET_RATE 2     /* and a second */
#define LOG_BUDGET_BYTES 8192 /* at once, */
#define LOG_BUDGET_BYTES_RATE 256
/* Sources with an allowance of their own. Further ones (one person can have many uids) share one.
 */
#define LOG_BUDGET_SOURCES_MAX 128
#define LOG_BUDGET_KEPT_MS 60000 /* a source that caused no line for so long is forgotten */
#define LOG_BUDGET_LOOK_MS 1000  /* how often it checks whether a flood is over */

/* broker.log, in the runtime folder: a tmpfs. It becomes broker.log.1 at this size. */
#define LOG_FILE_MAX (1024 * 1024)

struct log_budget;

/* It filters the log until it is destroyed. There is one per process. */
int log_budget_create(uv_loop_t *loop, struct log_budget **ret);
/* The memory is freed when the loop has run out. */
void log_budget_destroy(struct log_budget *budget);

#endif
