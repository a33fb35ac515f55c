/*
 * The life of a VM, as a table. Pure.
 *
 *                      ,---START---.
 *                      v           |
 *   STOPPED --START--> STARTING    FAILED <--LOST, from STARTING, RUNNING and STOPPING--.
 *      ^                |  |  \                                                         |
 *      |             READY STOP `--LOST (the monitor went, or the time was up)----------'
 *      |                v  |
 *      |          RUNNING  |
 *      |           |  |    |
 *      |         OFF STOP  |
 *      |           |  v    v
 *      +-----------+--STOPPING --OFF--> STOPPED
 *
 * START and STOP are wishes, READY, OFF and LOST are facts. A wish that the state does not allow is
 * refused; a fact that comes in a state where it cannot is a bug of the caller.
 */
#ifndef VMSILO_BROKER_VM_STATE_H
#define VMSILO_BROKER_VM_STATE_H

#include <stdbool.h>

enum vm_state {
	VM_STATE_STOPPED,
	VM_STATE_STARTING, /* the monitor runs or is being started; the agent has not come yet */
	VM_STATE_RUNNING,  /* the agent said hello */
	VM_STATE_STOPPING, /* was told to end */
	VM_STATE_FAILED,   /* ended otherwise than it was asked to; starts again on request */
};

enum vm_event {
	VM_EVENT_START, /* also: an earlier broker's VM was found running */
	VM_EVENT_READY,
	VM_EVENT_STOP,
	VM_EVENT_OFF,  /* the monitor ended as it should */
	VM_EVENT_LOST, /* it ended, or had to be ended, otherwise */
};

#define VM_STATES 5
#define VM_EVENTS 5

const char *vm_state_name(enum vm_state state);
const char *vm_event_name(enum vm_event event);
/* The state after event, or UV_EINVAL when state does not allow it. */
int vm_state_next(enum vm_state state, enum vm_event event);

/* Nothing of it runs. */
static inline bool vm_state_is_off(enum vm_state state)
{
	return state == VM_STATE_STOPPED || state == VM_STATE_FAILED;
}

#endif
