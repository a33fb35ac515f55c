/*
 * A VM that stands still (vm-pause) hears neither a key nor a signal. While nothing comes back, the
 * broker is asked to let it run on: for a guest that is only slow, that changes nothing.
 *
 *   QUIET --rouse_begin()--> WAITING --ROUSE_AFTER_MS--> asked --ROUSE_AGAIN_MS--> QUIET
 *     ^----------------------- rouse_heard() -----------------'
 */
#ifndef VMSILO_BROKER_CLI_SESSION_ROUSE_H
#define VMSILO_BROKER_CLI_SESSION_ROUSE_H

#include <stdbool.h>
#include <uv.h>

#include "proto/host/paths.h"
#include "proto/io/closer.h"

#define ROUSE_AFTER_MS 200  /* a guest that runs has answered by then */
#define ROUSE_AGAIN_MS 2000 /* and one that was asked for has by then */

struct rouse {
	const struct paths *broker; /* NULL: nobody can be asked */
	const char *vm;
	struct closer *closer;
	int fd; /* of the request, as long as an answer from the guest is awaited; -1: none */
	uv_timer_t timer;
};

/* Borrows all for life; rouse_finish() closes the timer through the closer. */
void rouse_init(struct rouse *rouse, uv_loop_t *loop, const struct paths *broker, const char *vm,
	struct closer *closer);
/* Something was said that it is to hear. True: nothing is awaited yet, so that it may be asked for
 * a sign of life. */
bool rouse_begin(struct rouse *rouse);
/* The guest has said something. */
void rouse_heard(struct rouse *rouse);
void rouse_finish(struct rouse *rouse);

#endif
