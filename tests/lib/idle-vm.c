#include "tests/lib/idle-vm.h"

#include "tests/lib/test.h"

void idle_vm_step(struct idle_vm *vm)
{
	idle_policy_step(&vm->policy, &vm->config, &vm->facts, vm->now, &vm->verdict);
	vm->steps++;
	vm->measures += !!(vm->verdict.actions & IDLE_MEASURE);
	vm->withdraws += !!(vm->verdict.actions & IDLE_WITHDRAW);
	if (vm->verdict.actions & IDLE_ANNOUNCE) {
		vm->announces++;
		vm->announced_at = vm->now;
	}
	while (vm->verdict.actions & IDLE_COUNT) {
		vm->counts++;
		if (vm->uncounted)
			break;
		idle_policy_counted(&vm->policy, vm->now, vm->bytes);
		idle_policy_step(&vm->policy, &vm->config, &vm->facts, vm->now, &vm->verdict);
	}
	if (vm->verdict.actions & IDLE_PAUSE) {
		vm->pauses++;
		vm->facts.moving = true;
		idle_policy_step(&vm->policy, &vm->config, &vm->facts, vm->now, &vm->verdict);
		assert_int_equal(vm->verdict.wake_at, 0); /* nothing to be done on the way */
		vm->facts.moving = false;
		vm->facts.paused = true;
		idle_policy_step(&vm->policy, &vm->config, &vm->facts, vm->now, &vm->verdict);
	}
	if (vm->verdict.actions & IDLE_STOP) {
		vm->stops++;
		vm->stopped_at = vm->now;
	}
	/* Whoever is to be woken is woken later than now, so that nothing spins. */
	if (vm->verdict.wake_at && !(vm->verdict.actions & IDLE_STOP))
		assert_true(vm->verdict.wake_at > vm->now);
}

void idle_vm_run(struct idle_vm *vm, uint64_t end)
{
	while (vm->verdict.wake_at && vm->verdict.wake_at <= end && !vm->stops) {
		vm->now = vm->verdict.wake_at;
		idle_vm_step(vm);
	}
	if (!vm->stops)
		vm->now = end;
}

struct idle_vm idle_vm_new(uint32_t after_ms)
{
	struct idle_vm vm = {
		.config = {.after_ms = after_ms, .notify_ms = 60 * 1000, .tray = true},
		.facts = {.running = true, .agent = true, .can_pause = true},
		.now = START,
	};

	idle_vm_step(&vm);
	return vm;
}
