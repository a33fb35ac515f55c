/*
 * One session stream, once it is admitted: the program, its streams, its end.
 *
 *   ADMITTED --OPEN--> RUNNING --over--> (status sent, freed)
 *      |--OPEN with a display that is not there yet: nothing is read until it is--> as above
 *      |--detached program starts--> (status sent, freed)
 *      `--program does not start--> (FAILED sent, freed)
 *
 * When the client goes while the program runs, the program's group is told HUP, then TERM, then
 * KILL; the session lives until nobody of it is left, whether the program itself is or not.
 */
#ifndef VMSILO_AGENT_SESSION_SESSION_H
#define VMSILO_AGENT_SESSION_SESSION_H

#include <sys/queue.h>
#include <sys/resource.h>
#include <uv.h>

#include "guest-agent/access/grants.h"
#include "guest-agent/display/display.h"
#include "guest-agent/program/cgroup.h"
#include "guest-agent/session/detached.h"
#include "proto/io/channel.h"

#define SESSION_KILL_STEP_MS 5000 /* from HUP to TERM, from TERM to KILL */
#define SESSION_FINISH_TIMEOUT_MS 10000
#define SESSION_HOLD_MS \
	20 /* HELLO and OPENED, where nobody waits for them: a short program has ended by then */
/* Streams, with those whose program is not asked for yet or has ended. */
#define SESSIONS_OPEN_MAX (2 * SESSIONS_MAX)

struct session;
TAILQ_HEAD(session_list, session);

/* What all sessions of an agent share. */
struct sessions {
	uv_loop_t *loop;
	struct session_list list;
	unsigned int count;   /* all */
	unsigned int running; /* whose program runs */
	/* Set by the owner after sessions_init(). */
	const char *services;      /* the directory of services */
	struct rlimit files_limit; /* of programs */
	const char *locale;        /* their LANG and TZ; "": none */
	const char *time_zone;
	const char *pam_session; /* vmsilo-pam-session; NULL: they run without PAM */
	struct cgroups cgroups;
	struct detached_programs *detached;
	struct display *display;
	/* Why none of this user's programs may run now; NULL: they may. */
	const char *(*refusal)(void *data, const char *user);
	/* running changed. */
	void (*on_activity)(void *data);
	void *data;
};

void sessions_init(
	struct sessions *sessions, uv_loop_t *loop, void (*on_activity)(void *data), void *data);
/* A stream was admitted. Takes channel. */
void sessions_add(struct sessions *sessions, struct channel *channel, const struct grant *grant);
/* A child ended. */
void sessions_reap(struct sessions *sessions, pid_t pid, int status);
/* To the programs of those that run. */
void sessions_signal(struct sessions *sessions, int signal);

#endif
