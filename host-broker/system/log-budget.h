/*
 * How much of the broker's log the guests and the users can make: each VM and each user has an
 * allowance of his own for the lines that he causes (log_guest_*, log_user_*). Who uses it up is
 * told of once, his lines are left out until he is calm, and then it is told how many there were.
 * The log's other lines, and those of others, are as ever.
 */
#ifndef VMSILO_BROKER_SYSTEM_LOG_BUDGET_H
#define VMSILO_BROKER_SYSTEM_LOG_BUDGET_H

#include <uv.h>

#include "proto/base/allowance.h"

#define LOG_BUDGET_BURST 20   /* lines of one VM or user at once: all of what goes wrong once */
#define LOG_BUDGET_RATE 2     /* and a second */
#define LOG_BUDGET_BYTES 8192 /* at once, */
#define LOG_BUDGET_BYTES_RATE 256
/* Who are told apart at once. Those beyond, as one with many uids can be, share one allowance. */
#define LOG_BUDGET_SOURCES_MAX 128
#define LOG_BUDGET_KEPT_MS 60000 /* who has caused no line for so long is forgotten */
#define LOG_BUDGET_LOOK_MS 1000  /* whether who flooded is calm */

/* broker.log, in the runtime folder: a tmpfs. It becomes broker.log.1 at this size. */
#define LOG_FILE_MAX (1024 * 1024)

struct log_budget;

/* The log's lines go by it until it is destroyed. One of a process. */
int log_budget_create(uv_loop_t *loop, struct log_budget **ret);
/* The memory is freed when the loop has run out. */
void log_budget_destroy(struct log_budget *budget);

#endif
