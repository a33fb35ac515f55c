/* What is asked of a VM: to stop, to tell when it runs, and how it is. */
#include <stdarg.h>
#include <stdio.h>

#include "host-broker/config-restart.h"
#include "host-broker/unix-time.h"
#include "host-broker/vm-private.h"

void vm_stop(struct vm *vm, bool force, uint32_t timeout_ms)
{
	if (vm->state == VM_STATE_STOPPED || vm->state == VM_STATE_FAILED)
		return;
	bool starting = vm->state == VM_STATE_STARTING;
	bool again = vm->state == VM_STATE_STOPPING;

	if (!again) {
		vm_change(vm, VM_EVENT_STOP);
		char text[128];
		snprintf(text, sizeof(text), "vm \"%s\" was stopped by another request",
			vm_name(vm));
		const struct failure failure = {.code = VMSILO__BROKER__FAILURE__CODE__START_FAILED,
			.text = text,
			.monitor = ""};
		waiters_fail(&vm->waiters, WAIT_RUNNING, &failure);
	}
	if (force || (starting && !vm->run.adopted)) {
		vmm_kill(vm->run.vmm);
		return;
	}
	if (again)
		return;
	vm_deadline_clear(vm);
	stop_ladder_start(&vm->stop, timeout_ms ? timeout_ms : vm->config->stop_timeout_ms);
}

__attribute__((format(printf, 4, 5))) static void wait_refuse(const struct vm *vm,
	struct waiter *waiter, Vmsilo__Broker__Failure__Code code, const char *format, ...)
{
	char words[1024], text[sizeof(words) + 64];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(words, sizeof(words), format, arguments);
	va_end(arguments);
	snprintf(text, sizeof(text), "vm \"%s\"%s", vm_name(vm), words);
	const struct failure failure = {.code = code, .text = text, .monitor = ""};
	waiter->on_failed(waiter->data, &failure);
}

/* A VM that failed again and again is left alone for a while, unless somebody insists. */
static bool is_backed_off(const struct vm *vm, struct waiter *waiter)
{
	uint64_t wait_ms = restart_backoff_wait_ms(&vm->backoff, unix_now_ms());

	if (waiter->insists || vm->state != VM_STATE_FAILED || wait_ms == 0)
		return false;
	wait_refuse(vm, waiter, VMSILO__BROKER__FAILURE__CODE__START_FAILED,
		" failed %u times in a row, and is not started again for %u s (vm-start does, at "
		"once); the last time: %s",
		vm->backoff.failures, (unsigned int)((wait_ms + 999) / 1000), vm->reason.text);
	return true;
}

void vm_wait(struct vm *vm, struct waiter *waiter)
{
	if (waiter->wanted == WAIT_STOPPED && vm_is_off(vm)) {
		waiter->on_done(waiter->data);
		return;
	}
	if (waiter->wanted == WAIT_RUNNING && vm->state == VM_STATE_RUNNING &&
		control_connected(vm->run.control)) {
		waiter->on_done(waiter->data);
		return;
	}
	if (vm->waiters.count >= WAITERS_MAX) {
		wait_refuse(vm, waiter, VMSILO__BROKER__FAILURE__CODE__BUSY,
			": %d requests wait already", WAITERS_MAX);
		return;
	}
	if (waiter->wanted == WAIT_RUNNING && is_backed_off(vm, waiter))
		return;
	waiters_add(&vm->waiters, waiter);
	if (waiter->wanted != WAIT_RUNNING)
		return;
	if (vm->state == VM_STATE_STOPPING)
		waiter->on_progress(waiter->data, VMSILO__BROKER__STAGE__STAGE_QUEUED);
	else
		vm_start(vm);
}

void vm_wait_cancel(struct vm *vm, struct waiter *waiter)
{
	waiters_remove(&vm->waiters, waiter);
}

void vm_configure(struct vm *vm, const struct vm_config *config)
{
	vm->newest = config;
	vm->config = config;
	if (!vm_is_off(vm)) {
		vm_config_merge(vm->ran, config, &vm->merged);
		vm->config = &vm->merged;
	}
	vm_watchers_change(&vm->environment->watchers, vm, VM_CHANGE_CONFIG);
}

const struct vm_config *vm_ran(const struct vm *vm)
{
	return vm->ran ? vm->ran : vm->newest;
}

static bool is_of(const struct vm_config *vm, const struct config *config)
{
	return vm >= config->vms && vm < config->vms + config->vms_count;
}

bool vm_uses(const struct vm *vm, const struct config *config)
{
	return is_of(vm->newest, config) || is_of(vm_ran(vm), config);
}

const struct vm_config *vm_configuration(const struct vm *vm)
{
	return vm->config;
}

enum vm_state vm_state(const struct vm *vm)
{
	return vm->state;
}

void vm_status(const struct vm *vm, struct vm_status *ret)
{
	bool off = vm_is_off(vm);

	*ret = (struct vm_status){
		.state = vm->state,
		.reason = vm->reason.text,
		.accel = off           ? ""
			 : vm->run.kvm ? "kvm"
				       : "tcg",
		.agent = vm->agent,
		.guest_bytes = vm->run.guest_bytes,
		.agent_connected = vm->run.control && control_connected(vm->run.control),
		.monitor_pid = vm->run.vmm ? vmm_ids(vm->run.vmm).monitor.pid : 0,
		.sessions = vm->sessions,
		.running_ms = off ? 0 : unix_now_ms() - vm->run.started_ms,
		.adopted = vm->run.adopted,
		.failures = vm->backoff.failures,
		.retry_at_ms = vm->state == VM_STATE_FAILED ? vm->backoff.until_ms : 0,
	};
}

void vm_console(const struct vm *vm, struct console_lines *ret)
{
	console_ring_lines(&vm->console, ret);
}

const struct console_ring *vm_console_ring(const struct vm *vm)
{
	return &vm->console;
}

void vm_console_send(struct vm *vm, const char *bytes, size_t length)
{
	if (vm->run.vmm)
		vmm_console_send(vm->run.vmm, bytes, length);
}
