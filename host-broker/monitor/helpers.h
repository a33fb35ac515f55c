/* The processes beside one monitor (monitor_helper in launch.h): started before it, ended after it,
 * and of no use without it. */
#ifndef VMSILO_BROKER_MONITOR_HELPERS_H
#define VMSILO_BROKER_MONITOR_HELPERS_H

#include <stdbool.h>
#include <uv.h>

#include "host-broker/monitor/launch.h"
#include "host-broker/monitor/processes.h"

/* One has ended: name "the vsock device", status and last words as of process.h. From the loop. */
typedef void (*helper_gone_cb)(void *data, const char *name, int status, const char *last_words);

struct helper {
	struct helpers *helpers;
	char name[64];
	struct process *process; /* NULL once it is gone */
};

/* Lives inside its owner. */
struct helpers {
	struct helper items[MONITOR_HELPERS_MAX];
	size_t count;
	const char *vm;
	helper_gone_cb on_gone;
	void *data;
};

void helpers_init(struct helpers *helpers, const char *vm, helper_gone_cb on_gone, void *data);
/* Starts launch's. What was started before one that failed is left to helpers_signal(). */
int helpers_start(struct helpers *helpers, uv_loop_t *loop, const struct monitor_launch *launch,
	struct monitor_processes *processes, struct error *error);
/* Finds all but the monitor of processes. UV_ESRCH when one is gone. */
int helpers_adopt(
	struct helpers *helpers, uv_loop_t *loop, const struct monitor_processes *processes);
void helpers_signal(struct helpers *helpers, int signal);
/* None is left. */
bool helpers_gone(const struct helpers *helpers);
/* Each that was started runs. */
bool helpers_live(const struct helpers *helpers);
/* The first that still runs, for people; NULL: none. */
const char *helpers_left(const struct helpers *helpers);
/* Lets go of them. */
void helpers_finish(struct helpers *helpers);

#endif
