#include "host-broker/vm/state.h"

#include <uv.h>

#define NO UV_EINVAL

static const int next[VM_STATES][VM_EVENTS] = {

	[VM_STATE_STOPPED] = {VM_STATE_STARTING, NO, NO, NO, NO, NO, NO},
	[VM_STATE_STARTING] = {NO, VM_STATE_RUNNING, VM_STATE_STOPPING, VM_STATE_FAILED,
		VM_STATE_FAILED, VM_STATE_PAUSED, NO},
	[VM_STATE_RUNNING] = {NO, VM_STATE_RUNNING, VM_STATE_STOPPING, VM_STATE_STOPPED,
		VM_STATE_FAILED, VM_STATE_PAUSED, NO},
	[VM_STATE_STOPPING] = {NO, VM_STATE_STOPPING, VM_STATE_STOPPING, VM_STATE_STOPPED,
		VM_STATE_FAILED, NO, NO},
	[VM_STATE_FAILED] = {VM_STATE_STARTING, NO, NO, NO, NO, NO, NO},
	/* An agent that comes shows that the guest runs. */
	[VM_STATE_PAUSED] = {NO, VM_STATE_RUNNING, VM_STATE_STOPPING, VM_STATE_STOPPED,
		VM_STATE_FAILED, NO, VM_STATE_RUNNING},
};

const char *vm_state_name(enum vm_state state)
{
	static const char *const names[VM_STATES] = {
		"stopped", "starting", "running", "stopping", "failed", "paused"};

	return names[state];
}

const char *vm_event_name(enum vm_event event)
{
	static const char *const names[VM_EVENTS] = {
		"start", "ready", "stop", "off", "lost", "pause", "resume"};

	return names[event];
}

int vm_state_next(enum vm_state state, enum vm_event event)
{
	return next[state][event];
}
