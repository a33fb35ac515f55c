/*
 * What the broker says that its guest is to be like (SETUP), applied below a root folder: "/" in a
 * guest. Nothing is taken, and nothing done, by an agent that was not told a root: it may run on a
 * machine that is no guest. Below another root than "/" files are written, and the kernel is told
 * nothing (tests). What is so already stays untouched, so that a SETUP that comes again disturbs
 * nothing.
 */
#ifndef VMSILO_AGENT_SETUP_SETUP_H
#define VMSILO_AGENT_SETUP_SETUP_H

#include <stdbool.h>

#include "guest-agent/setup/problems.h"
#include "proto/control.pb-c.h"

struct setup {
	const char *root; /* NULL: nothing is taken */
	bool small;       /* the image has no user but root */
	/* Of programs; "" before it is known. */
	char user[USER_NAME_MAX + 1]; /* of those whose grant names none; "": the agent's own */
	char locale[SETUP_NAME_MAX + 1];
	char time_zone[SETUP_NAME_MAX +
		       2]; /* what TZ is where the guest has no database of zones */
};

/* root: borrowed for life. */
void setup_init(struct setup *setup, const char *root, bool small);
/* UV_EPROTO for what no broker says, and then nothing is done. */
int setup_apply(
	struct setup *setup, const Vmsilo__Control__Setup *message, struct problems *problems);

#endif
