/*
 * One session stream: admission, the program, its streams, its end.
 *
 *   HELLO --grant is there--> ADMITTED --OPEN--> RUNNING --over--> (status sent, freed)
 *     |                          `--program does not start--> (FAILED sent, freed)
 *     `--no grant yet--> PARKED --grant comes--> ADMITTED
 *
 * HELLO and PARKED last SESSION_AUTH_TIMEOUT_MS at most. When the client goes while the program
 * runs, the program's group is told HUP, then TERM, then KILL; the session lives until it is
 * reaped.
 */
#ifndef VMSILO_AGENT_SESSION_H
#define VMSILO_AGENT_SESSION_H

#include <sys/queue.h>
#include <uv.h>

#include "guest-agent/grants.h"

#define SESSION_KILL_STEP_MS 5000 /* from HUP to TERM, from TERM to KILL */
#define SESSION_FINISH_TIMEOUT_MS 10000

struct session;
TAILQ_HEAD(session_list, session);

/* What all sessions of an agent share. */
struct sessions {
	uv_loop_t *loop;
	struct grants grants;
	struct session_list list;
	unsigned int count;   /* all */
	unsigned int pending; /* not admitted yet */
	unsigned int running; /* whose program runs */
	bool draining;        /* the guest shuts down */
	/* running changed. */
	void (*on_activity)(void *data);
	void *data;
};

void sessions_init(
	struct sessions *sessions, uv_loop_t *loop, void (*on_activity)(void *data), void *data);
/* A stream came. Takes fd. */
void sessions_accept(struct sessions *sessions, int fd);
/* A grant was added: streams that wait for it go on. */
void sessions_admit(struct sessions *sessions);
/* A child ended. */
void sessions_reap(struct sessions *sessions, pid_t pid, int status);
/* No new sessions; the programs of those that run get the signal. */
void sessions_drain(struct sessions *sessions, int signal);

#endif
