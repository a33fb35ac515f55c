/* Tells the broker how the guest's memory is: when it asks, and when tasks begin to wait for memory
 * as long as it wants that. */
#ifndef VMSILO_AGENT_SYSTEM_MEMORY_REPORT_H
#define VMSILO_AGENT_SYSTEM_MEMORY_REPORT_H

#include <stdbool.h>
#include <uv.h>

#include "proto/control.pb-c.h"

struct pressure_trigger;

struct memory_reporter {
	uv_loop_t *loop;
	/* message is valid during the call. */
	void (*send)(void *data, const Vmsilo__Control__Report *message);
	void *data;
	struct pressure_trigger *trigger; /* NULL: none is wanted, or can be had */
};

void memory_reporter_init(struct memory_reporter *reporter, uv_loop_t *loop,
	void (*send)(void *data, const Vmsilo__Control__Report *message), void *data);
/* The broker wants one report now; pressure: and on pressure. */
void memory_reporter_want(struct memory_reporter *reporter, bool pressure);
/* The broker is gone. */
void memory_reporter_rest(struct memory_reporter *reporter);

#endif
