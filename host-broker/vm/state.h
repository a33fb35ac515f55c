/*
 * The life of a VM, as a table. Pure.
 *
 *                      ,---START---.
 *                      v           |
 *   STOPPED --START--> STARTING    FAILED <--LOST, from all states in which something runs--.
 *      ^                |  |  \                                                             |
 *      |             READY STOP `--LOST (the monitor went, or the time was up)--------------'
 *      |                v  |
 *      |          RUNNING --PAUSE--> PAUSED (an earlier broker's VM comes here from STARTING)
 *      |           |  |  ^--RESUME--' |
 *      |         OFF STOP            STOP (runs on, to shut down; or is ended by force)
 *      |           |  v               v
 *      +-----------+--STOPPING <------'   STOPPING --OFF--> STOPPED
 *
 * START and STOP are wishes, READY, OFF, LOST, PAUSE and RESUME are facts: the monitor has stopped
 * the guest; the guest runs on, and its clock is right. What lies between a wish and such a fact is
 * no state of its own (host-broker/vm/pause.h): a VM is RUNNING until it stands still, and PAUSED
 * until it can be used. A wish that the state does not allow is refused; a fact that comes in a
 * state where it cannot is a bug of the caller.
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
	VM_STATE_PAUSED,   /* its monitor has stopped it; runs on on request */
};

enum vm_event {
	VM_EVENT_START, /* also: an earlier broker's VM was found running */
	VM_EVENT_READY,
	VM_EVENT_STOP,
	VM_EVENT_OFF,  /* the monitor ended as it should */
	VM_EVENT_LOST, /* it ended, or had to be ended, otherwise */
	VM_EVENT_PAUSE,
	VM_EVENT_RESUME,
};

#define VM_STATES 6
#define VM_EVENTS 7

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
