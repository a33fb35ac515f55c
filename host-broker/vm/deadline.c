/* What of a VM's life must come within a time: its agent, at its start and when it was lost. */
#include <stdio.h>

#include "host-broker/vm/private.h"

/* What the start did not get beyond. */
static void start_obstacle(const struct vm *vm, char *out, size_t size)
{
	const char *part = run_waits_for(&vm->run);

	if (part)
		snprintf(out, size, "%s is not ready", part);
	else if (vm->stage == VMSILO__BROKER__STAGE__STAGE_UNSPECIFIED)
		snprintf(out, size, "the monitor does not answer");
	else if (vm->stage == VMSILO__BROKER__STAGE__STAGE_MONITOR)
		snprintf(out, size, "the kernel printed nothing, and the agent did not connect");
	else
		snprintf(out, size, "the kernel is running, but the agent did not connect");
}

const char *vm_kvm_doubt(const struct vm *vm)
{
	return vm->run.kvm ? "; if that is so whenever it runs by KVM, set 'accel: tcg'" : "";
}

static void on_start_deadline(struct vm *vm)
{
	char obstacle[128];

	start_obstacle(vm, obstacle, sizeof(obstacle));
	vm_reason_set(vm, "vm \"%s\" failed to start: not ready within %u s: %s%s", vm_name(vm),
		vm->config->start_timeout_ms / 1000, obstacle,
		run_waits_for(&vm->run) ? "" : vm_kvm_doubt(vm));
	run_kill(&vm->run);
}

void vm_give_up(struct vm *vm, const char *why)
{
	vm_reason_set(vm, "vm \"%s\" ended: %s within %u s", vm_name(vm), why,
		vm->config->start_timeout_ms / 1000);
	run_kill(&vm->run);
}

static void on_deadline(uv_timer_t *timer)
{
	struct vm *vm = timer->data;
	enum deadline deadline = vm->deadline;

	/* Who stands still for want of room on the host cannot answer, and has done nothing wrong;
	 * nor who waits for another VM, whose start has its own time. */
	if (deadline != DEADLINE_NONE &&
		(vm->stall != VM_STALL_NONE || run_waits_abroad(&vm->run))) {
		vm_deadline_set(vm, deadline, vm->config->start_timeout_ms);
		return;
	}
	vm->deadline = DEADLINE_NONE;
	switch (deadline) {
	case DEADLINE_NONE:
		break;
	case DEADLINE_START:
		on_start_deadline(vm);
		break;
	case DEADLINE_AGENT:
		vm_give_up(vm, "its agent disconnected and did not come back");
		break;
	}
}

void vm_deadline_set(struct vm *vm, enum deadline deadline, uint32_t timeout_ms)
{
	vm->deadline = deadline;
	uv_timer_start(&vm->timer, on_deadline, timeout_ms, 0);
}

void vm_deadline_clear(struct vm *vm)
{
	vm->deadline = DEADLINE_NONE;
	uv_timer_stop(&vm->timer);
}
