#include "host-broker/idle/explain.h"

void vm_explain(struct why *why, struct idle *idle, struct vm *vm, struct reasons *ret)
{
	bool paused = vm_state(vm) == VM_STATE_PAUSED;

	if (paused)
		why_reasons(why, vm, ret);
	if (paused || vm_state(vm) == VM_STATE_RUNNING)
		idle_reasons(idle, vm, ret);
	if (!paused)
		why_reasons(why, vm, ret);
}
