/*
 * A child that does what may take long, while the agent goes on: mounts, and what comes after them.
 * It borrows nothing that is closed or changed meanwhile, since it is a copy; its mounts are
 * everybody's. One that does not end is killed after WORKER_TIMEOUT_MS.
 *
 *   worker_start() --work() in the child--> its report, by a pipe --> on_done(report)
 *                        `--ends otherwise, or takes too long-------> on_done(NULL)
 */
#ifndef VMSILO_AGENT_SETUP_WORKER_H
#define VMSILO_AGENT_SETUP_WORKER_H

#include <sys/types.h>
#include <uv.h>

#include "guest-agent/setup/problems.h"

#define WORKER_TIMEOUT_MS (15 * 60 * 1000) /* a whole check of a large disk, by emulation */

struct worker_report {
	struct problems problems;
	char refusal[SETUP_PROBLEM_MAX + 1]; /* why the user's programs may not run; "": they may */
};

/* One at a time. Lives as long as the agent. */
struct worker {
	uv_loop_t *loop;
	pid_t pid; /* 0: none; the owner reaps it */
	int fd;
	size_t length; /* of report that was read */
	struct worker_report report;
	uv_poll_t *poll; /* its own; NULL: none */
	uv_timer_t timer;
	void (*on_done)(void *data, const struct worker_report *report);
	void *data;
};

void worker_init(struct worker *worker, uv_loop_t *loop,
	void (*on_done)(void *data, const struct worker_report *report), void *data);
/* 0 or a negative UV_E*, and then no on_done follows. */
int worker_start(struct worker *worker, void (*work)(const void *job, struct worker_report *report),
	const void *job);

#endif
