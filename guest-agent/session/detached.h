/*
 * Programs that no session waits for: what they print goes to the broker's log, line by line.
 *
 *   RUNNING --exits, and its output is at its end--> (said, freed)
 *
 * They count as running until both, as a session's do.
 */
#ifndef VMSILO_AGENT_SESSION_DETACHED_H
#define VMSILO_AGENT_SESSION_DETACHED_H

#include <stdbool.h>
#include <sys/queue.h>
#include <uv.h>

#include "guest-agent/session/log-feed.h"

#define DETACHED_MAX 256 /* at once in one guest */

struct detached;
TAILQ_HEAD(detached_list, detached);

struct detached_programs {
	uv_loop_t *loop;
	struct detached_list list;
	unsigned int running, windowed; /* of these: given the display */
	struct log_feed *feed;
	/* Their numbers changed. */
	void (*on_activity)(void *data);
	void *data;
};

void detached_init(struct detached_programs *programs, uv_loop_t *loop, struct log_feed *feed,
	void (*on_activity)(void *data), void *data);
/* There is room for one more. */
bool detached_room(const struct detached_programs *programs);
struct detached_start {
	pid_t pid;
	const char *name; /* for the log, UTF-8 or not */
	int output_fd;    /* taken; non-blocking */
	bool windowed;
};

/* A program was started. UV_ENOMEM: its output is not read, and nobody knows of it. */
int detached_add(struct detached_programs *programs, const struct detached_start *start);
/* A child ended. False: it is none of ours. */
bool detached_reap(struct detached_programs *programs, pid_t pid, int status);
/* To the process group of each. */
void detached_signal(struct detached_programs *programs, int signal);

#endif
