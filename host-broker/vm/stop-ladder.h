/*
 * The steps of an orderly stop: the agent is asked to shut the guest down; when half of the time is
 * over, the monitor's power button is pressed; when all of it is, the monitor is killed. Without an
 * agent the power button comes first, and has all of the time; unless it is to come again at once,
 * as to a broker that has just begun, or to a VM that such a broker has found paused. Its owner
 * ends it when the run is over.
 *
 *   IDLE --start--> AGENT --half--> BUTTON --all--> KILLED
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

/* The times of a stop that may take total_ms. Pure. */
struct stop_times {
	uint32_t grace_ms;  /* the agent's, for its programs */
	uint32_t agent_ms;  /* until the button */
	uint32_t button_ms; /* from it to the kill */
};
struct stop_times stop_ladder_times(uint32_t total_ms);

struct stop_ladder {
	struct run *run;
	enum stop_step step;
	bool asked; /* the agent was */
	struct stop_times times;
	uv_timer_t timer;
	/* What is being done, for people. */
	void (*on_note)(void *data, const char *text);
	void *data;
};

/* The timer is closed by closer's owner. */
void stop_ladder_init(struct stop_ladder *ladder, uv_loop_t *loop, struct run *run,
	void (*on_note)(void *data, const char *text), void *data, struct closer *closer);
/* comes: an agent that is not connected will be, at once. */
void stop_ladder_start(struct stop_ladder *ladder, uint32_t total_ms, bool comes);
/* It has connected. */
void stop_ladder_on_agent(struct stop_ladder *ladder);
/* The run is over. */
void stop_ladder_end(struct stop_ladder *ladder);

#endif
