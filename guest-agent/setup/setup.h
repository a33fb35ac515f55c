/*
 * What the broker says that its guest is to be like (SETUP), applied below a root folder: "/" in a
 * guest. Nothing is taken, and nothing done, by an agent that was not told a root: it may run on a
 * machine that is no guest. Below another root than "/" files are written, and the kernel is told
 * nothing (tests). What is so already stays untouched, so that a SETUP that comes again disturbs
 * nothing.
 *
 *   IDLE --SETUP: files and the user are made at once; nothing is to be mounted--> (answered) IDLE
 *          `-- something is: BUSY, until the worker has mounted it --> (answered) IDLE
 *
 * While it is busy no session begins, and of the SETUPs that come the last one is kept for then.
 */
#ifndef VMSILO_AGENT_SETUP_SETUP_H
#define VMSILO_AGENT_SETUP_SETUP_H

#include <stdbool.h>

#include "guest-agent/setup/problems.h"
#include "guest-agent/setup/user.h"
#include "guest-agent/setup/worker.h"
#include "proto/control.pb-c.h"

struct setup_options {
	const char *root; /* NULL: nothing is taken; borrowed for life */
	bool small;       /* the image has no user but root */
	void (*on_busy)(void *data, bool busy);
	/* One SETUP is done. Problems are borrowed. */
	void (*on_done)(void *data, const struct problems *problems);
	void *data;
};

struct setup {
	struct setup_options options;
	/* Of programs; "" before it is known. */
	char user[USER_NAME_MAX + 1]; /* of those whose grant names none; "": the agent's own */
	char locale[SETUP_NAME_MAX + 1];
	char time_zone[SETUP_NAME_MAX +
		       1]; /* what TZ is where the guest has no database of zones */
	char refusal[SETUP_PROBLEM_MAX + 1]; /* why none of user's programs may run; "": they may */

	struct problems problems;     /* so far */
	bool has_home_disk;           /* as the last one said */
	bool had_none;                /* as an earlier one said: his programs run already */
	struct worker worker;         /* busy while it has a pid */
	unsigned int answers;         /* that the broker awaits of the one at hand */
	Vmsilo__Control__Setup *kept; /* the last that came while it was busy; its own */
	unsigned int kept_answers;
};

void setup_init(struct setup *setup, uv_loop_t *loop, const struct setup_options *options);
/* UV_EPROTO for what no broker says, and then nothing is done. */
int setup_take(struct setup *setup, const Vmsilo__Control__Setup *message);
/* Nobody awaits an answer any more. */
void setup_broker_lost(struct setup *setup);
/* Why this user's programs may not run; NULL: they may. */
const char *setup_refusal(const struct setup *setup, const char *user);

#endif
