#include "host-broker/idle/explain.h"

void vm_explain(struct why *why, struct idle *idle, struct vm *vm, struct reasons *ret)
{
	if (vm_state(vm) == VM_STATE_RUNNING)
		idle_reasons(idle, vm, ret);
	why_reasons(why, vm, ret);
}
