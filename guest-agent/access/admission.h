/*
 * Who may speak to the agent: each stream from the host begins with a HELLO that carries a token,
 * and the broker announced that token for that port on the control channel. Before that a stream is
 * anybody's; their number is bounded, and they do not last.
 *
 *   HELLO --grant is there--> (answered, handed over)
 *     `--no grant yet--> PARKED --grant comes--> (answered, handed over)
 *
 * HELLO and PARKED together last ADMISSION_TIMEOUT_MS at most, after a last look at what has come.
 */
#ifndef VMSILO_AGENT_ACCESS_ADMISSION_H
#define VMSILO_AGENT_ACCESS_ADMISSION_H

#include <stdbool.h>
#include <sys/queue.h>
#include <uv.h>

#include "guest-agent/access/grants.h"
#include "proto/io/channel.h"

#define ADMISSION_TIMEOUT_MS SESSION_AUTH_TIMEOUT_MS
#define ADMISSION_REJECT_FLUSH_MS 10000

struct admission;
TAILQ_HEAD(admission_list, admission);

struct admissions {
	uv_loop_t *loop;
	struct grants grants;
	struct admission_list list; /* streams that are not admitted yet */
	unsigned int pending;
	bool draining; /* the guest shuts down: nobody is admitted any more */
	bool held;     /* sessions are not admitted for now, and neither they nor grants expire */
	/* HELLO is answered. Takes channel, whose callbacks are still the admission's: call
	 * channel_hand_over() or channel_detach() before returning, or destroy it. */
	void (*on_admitted)(void *data, struct channel *channel, const struct grant *grant);
	void *data;
};

void admissions_init(struct admissions *admissions, uv_loop_t *loop,
	void (*on_admitted)(void *data, struct channel *channel, const struct grant *grant),
	void *data);
/* A stream came to port. Takes fd. */
void admissions_accept(struct admissions *admissions, int fd, uint16_t port);
/* While the guest is not what it is to be yet: sessions wait. When they are let in again, grants
 * that came before have their whole time. */
void admissions_hold(struct admissions *admissions, bool hold);
/* The broker announced a grant: streams that wait for it go on. Errors of grants_add(). */
int admissions_grant(struct admissions *admissions, const struct grant *grant);

#endif
