/*
 * Somebody is heard as fast as his allowance lets him: what he did is paid for afterwards, and
 * while he owes he is not read, so that nothing of an honest one is lost and what he has said
 * waits in his own socket. A flood and its end are told in the log.
 */
#ifndef VMSILO_BROKER_SYSTEM_PACE_H
#define VMSILO_BROKER_SYSTEM_PACE_H

#include <stdbool.h>
#include <uv.h>

#include "proto/base/allowance.h"
#include "proto/io/closer.h"

struct pace_options {
	const struct allowance_limits *limits;
	/* Stops reading, and goes on. From inside pace_spend() or the loop. */
	void (*on_hold)(void *data, bool hold);
	void *data;
	const char *vm;   /* borrowed for life, likewise below */
	const char *what; /* "its agent": who is heard more slowly */
};

struct pace {
	struct pace_options options;
	struct allowance allowance;
	struct closer *closer;
	bool holds;
	uv_timer_t timer; /* until he may go on; then, while he floods, whether he is calm */
};

/* The timer is closer's from now on, and closed by pace_close(). */
void pace_init(struct pace *pace, uv_loop_t *loop, const struct pace_options *options,
	struct closer *closer);
void pace_close(struct pace *pace);
void pace_spend(struct pace *pace, uint32_t events, uint32_t bytes);
/* Whether he is to be left unread, for who begins to read him. */
bool pace_holds(const struct pace *pace);

#endif
