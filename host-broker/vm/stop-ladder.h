/*
 * The steps of an orderly stop: the agent is asked to shut the guest down; when half of the time is
 * over, the monitor's power button is pressed; when all of it is, the monitor is killed, unless the
 * guest is still at work on its end: it has half of the time more then, twice at most. Without an
 * agent the power button comes first, and has all of the time; unless it is to come again at once,
 * as to a broker that has just begun, or to a VM that such a broker has found paused. Its owner
 * ends it when the run is over.
 *
 *                                       .--at work--.
 *   IDLE --start--> AGENT --half--> BUTTON <----------'  --all--> KILLED
 *           `--no agent, and none that comes--^
 */
#ifndef VMSILO_BROKER_VM_STOP_LADDER_H
#define VMSILO_BROKER_VM_STOP_LADDER_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "host-broker/vm/run.h"
#include "proto/io/closer.h"

enum stop_step { STOP_IDLE, STOP_AGENT, STOP_BUTTON, STOP_KILLED };

/* How often a guest that is at work has half of the time more; and from which part of a processor
 * on, in percent, its monitor counts as that: one at rest has a fifth of it, even in emulation. */
#define STOP_EXTENSIONS_MAX 2
#define STOP_WORK_PERCENT 5

/* The times of a stop that may take total_ms. Pure. */
struct stop_times {
	uint32_t grace_ms;  /* the agent's, for its programs */
	uint32_t agent_ms;  /* until the button */
	uint32_t button_ms; /* from it to the kill */
};
struct stop_times stop_ladder_times(uint32_t total_ms);
/* Whether a monitor that had so much of the processor, within that time, is at work. Pure. */
bool stop_is_work(uint64_t used_ms, uint64_t within_ms);

struct stop_ladder {
	struct run *run;
	enum stop_step step;
	bool asked; /* the agent was */
	bool exact; /* nobody is given more time */
	struct stop_times times;
	unsigned int extensions; /* that are left */
	uint64_t looked_ms;      /* of uv_now(), when the step began, */
	uint64_t used_ms;        /* and what the monitor had had of the processor */
	uv_timer_t timer;
	/* What is being done, for people. */
	void (*on_note)(void *data, const char *text);
	void *data;
};

/* The timer is closed by closer's owner. */
void stop_ladder_init(struct stop_ladder *ladder, uv_loop_t *loop, struct run *run,
	void (*on_note)(void *data, const char *text), void *data, struct closer *closer);
struct stop_how {
	uint32_t total_ms;
	bool exact; /* that is all that it may take, whatever the guest does */
	bool comes; /* an agent that is not connected will be, at once */
};
void stop_ladder_start(struct stop_ladder *ladder, const struct stop_how *how);
/* It has connected. */
void stop_ladder_on_agent(struct stop_ladder *ladder);
/* The run is over. */
void stop_ladder_end(struct stop_ladder *ladder);

#endif
