/*
 * The guest's display: vmsilo-guest-windows, which the agent runs as the VM's user when a program
 * first wants one, and again when it has ended.
 *
 *   OFF --display_wait()--> STARTING --its variables--> READY --it ends--> OFF
 *      ^                        `--it ends, says nonsense, takes too long--> OFF
 *      `-- who waits when it has not ended yet starts the next one
 *
 * Programs that wait go on in any case, without a display if need be. Where the guest has no such
 * program nobody waits.
 */
#ifndef VMSILO_AGENT_DISPLAY_DISPLAY_H
#define VMSILO_AGENT_DISPLAY_DISPLAY_H

#include <stdbool.h>
#include <sys/queue.h>
#include <uv.h>

#include "guest-agent/display/variables.h"
#include "guest-agent/program/line-cutter.h"
#include "guest-agent/program/program.h"

#define DISPLAY_READY_MS 20000 /* emulated guests take seconds */

struct display_pipe;

struct display_waiter {
	TAILQ_ENTRY(display_waiter) link;
	bool waits;
	void (*on_done)(void *data); /* display_variables() says what there is */
	void *data;
};

TAILQ_HEAD(display_waiter_list, display_waiter);

enum display_phase { DISPLAY_OFF, DISPLAY_STARTING, DISPLAY_READY };

struct display {
	uv_loop_t *loop;
	const char *program;               /* NULL: the guest has none */
	const char *socket;                /* the agent's, where it comes for streams */
	const struct program_terms *terms; /* of the VM's user; borrowed for life */
	enum display_phase phase;
	pid_t pid; /* 0: none runs */
	struct display_waiter_list waiters;
	struct strings variables; /* of READY */
	char said[DISPLAY_TEXT_MAX + 1];
	size_t said_length;
	struct display_pipe *ready, *words; /* what it prints; NULL: ended */
	struct line_cutter cutter;          /* of words */
	uv_timer_t timer;
};

/* socket: the agent's for its streams; NULL: there is no display. program: a path; where it is not
 * executable, there is none either. Both borrowed. */
void display_init(struct display *display, uv_loop_t *loop, const char *program, const char *socket,
	const struct program_terms *terms);
/* Whether there can be one for this user's programs. display: NULL: there is none. */
bool display_is_for(const struct display *display, const char *user);
/* Starts it if need be. True: the waiter's on_done follows, from the loop. */
bool display_wait(struct display *display, struct display_waiter *waiter);
void display_wait_cancel(struct display *display, struct display_waiter *waiter);
/* NULL: it is not ready. */
const struct strings *display_variables(const struct display *display);
/* A child ended. True: it was this one. */
bool display_reap(struct display *display, pid_t pid);
void display_signal(struct display *display, int signal);

#endif
