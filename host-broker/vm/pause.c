#include "host-broker/vm/pause.h"

#include <stdio.h>

#include "host-broker/system/background.h"
#include "host-broker/vm/private.h"
#include "proto/base/log.h"

/* It is gone before the run is over. */
static int monitor_set(const struct vm *vm, bool paused)
{
	if (!vm->run.monitor)
		return UV_ENOTCONN;
	return paused ? monitor_pause(vm->run.monitor) : monitor_resume(vm->run.monitor);
}

/* ---- in nobody's way ---- */

void pause_on_born(struct vm *vm)
{
	if (vm->pause.background)
		background_set(vm->run.monitor_id.pid, true);
	vm->pause.was_set = vm->pause.background;
}

/* Half-way there, when the broker that started it died. */
void pause_on_adopted(struct vm *vm)
{
	vm->pause.was_set = vm->config->autostart == AUTOSTART_PAUSED;
}

static void background_end(struct vm *vm)
{
	if (vm->pause.was_set && run_lives(&vm->run))
		background_set(vm->run.monitor_id.pid, false);
	vm->pause.background = vm->pause.was_set = false;
}

/* False as well before its start knows which it is. */
static bool monitor_can(const struct vm *vm)
{
	return vm->run.ops && (vm->run.ops->capabilities(vm->config->machine) & CAPABILITY_PAUSE);
}

static void phase_set(struct vm *vm, enum pause_phase phase)
{
	bool under_way = vm_is_pausing(vm);

	uv_timer_stop(&vm->pause.timer);
	vm->pause.phase = phase;
	if (under_way != vm_is_pausing(vm) || phase == PAUSE_RESUMING)
		vm_watchers_change(vm->environment->watchers, vm, VM_CHANGE_PAUSING);
}

/* Those who wait for it to be paused do so in vain. */
static void waiters_drop(struct vm *vm, Vmsilo__Broker__Failure__Code code, const char *why)
{
	char text[160];

	snprintf(text, sizeof(text), "vm \"%s\" was not paused: %s", vm_name(vm), why);
	const struct failure failure = {.code = code, .text = text, .monitor = ""};
	waiters_fail(&vm->waiters, WAIT_PAUSED, &failure);
}

/* ---- it runs on ---- */

static void on_resume_late(uv_timer_t *timer)
{
	struct vm *vm = timer->data;

	vm_give_up(vm, "it was paused, and its monitor did not let it run on");
}

static void resume(struct vm *vm)
{
	int code = monitor_set(vm, false);

	phase_set(vm, PAUSE_RESUMING);
	uv_timer_start(&vm->pause.timer, on_resume_late, vm->config->start_timeout_ms, 0);
	if (code < 0)
		log_warning(vm_name(vm), "cannot tell its monitor to let it run on: %s",
			uv_strerror(code));
}

/* Whoever else may want it, it can be used. */
static void settled(struct vm *vm)
{
	phase_set(vm, PAUSE_NONE);
	vm_change(vm, VM_EVENT_RESUME);
	if (!control_connected(vm->run.control))
		vm_deadline_set(vm, DEADLINE_AGENT, vm->config->start_timeout_ms);
	else if (vm->state == VM_STATE_RUNNING)
		waiters_done(&vm->waiters, WAIT_RUNNING);
	pause_on_up(vm);
}

/* The agent sets the clock before it hears of a stream, so nothing is wrong when it takes long. */
static void on_settle_late(uv_timer_t *timer)
{
	settled(timer->data);
}

void pause_on_resumed(struct vm *vm)
{
	bool stood = vm->pause.phase == PAUSE_STANDING || vm->pause.phase == PAUSE_RESUMING;

	if (stood) {
		phase_set(vm, PAUSE_SETTLING);
		uv_timer_start(&vm->pause.timer, on_settle_late, PAUSE_SETTLE_MS, 0);
	}
	vm_watchers_change(vm->environment->watchers, vm, VM_CHANGE_RESUMED);
	if (stood && !control_connected(vm->run.control))
		settled(vm);
}

void pause_on_agent(struct vm *vm)
{
	if (vm->run.adopted)
		background_end(vm);
	if (vm->pause.phase >= PAUSE_STANDING)
		phase_set(vm, PAUSE_NONE);
}

void vm_settled(struct vm *vm)
{
	if (vm->pause.phase == PAUSE_SETTLING)
		settled(vm);
}

/* ---- it comes to stand still ---- */

static void on_stop_late(uv_timer_t *timer)
{
	struct vm *vm = timer->data;

	vm->pause.in_vain = true;
	background_end(vm);
	phase_set(vm, PAUSE_NONE);
	/* Should it come to that later. */
	monitor_set(vm, false);
	log_warning(vm_name(vm), "its monitor did not stop the guest within %d s: it is not paused",
		PAUSE_STOP_MS / 1000);
	waiters_drop(vm, VMSILO__BROKER__FAILURE__CODE__INTERNAL, "its monitor did not stop it");
	if (vm_is_up(vm))
		waiters_done(&vm->waiters, WAIT_RUNNING);
}

static void stop(struct vm *vm)
{
	/* It cannot be told yet: a guest may be up before its monitor listens. */
	if (monitor_set(vm, true) < 0) {
		phase_set(vm, PAUSE_NONE);
		vm->pause.wanted = true;
		return;
	}
	vm->pause.phase = PAUSE_STOPPING;
	uv_timer_start(&vm->pause.timer, on_stop_late, PAUSE_STOP_MS, 0);
}

static bool has_given(const struct vm *vm)
{
	uint64_t min = vm->config->memory_min_bytes, now = vm->run.guest_bytes;

	return min == vm->config->memory_bytes || (now > 0 && now <= min + PAUSE_NEAR);
}

static bool gives_on(const struct vm *vm)
{
	return !has_given(vm) && vm->pause.looks < PAUSE_STILL_LOOKS &&
	       uv_now(vm->environment->loop) < vm->pause.until_ms;
}

static void on_look(uv_timer_t *timer)
{
	struct vm *vm = timer->data;

	vm->pause.looks++;
	if (!gives_on(vm) && vm->pause.streams == 0)
		stop(vm);
	else if (!has_given(vm))
		vm_balloon(vm, vm->config->memory_min_bytes);
}

void pause_on_balloon(struct vm *vm)
{
	uint64_t bytes = vm->run.guest_bytes;

	if (vm->pause.phase != PAUSE_GIVING)
		return;
	if (bytes + PAUSE_NEAR <= vm->pause.given_bytes) {
		vm->pause.given_bytes = bytes;
		vm->pause.looks = 0;
	}
	if (has_given(vm) && vm->pause.streams == 0)
		stop(vm);
}

static void begin(struct vm *vm)
{
	struct pause *pause = &vm->pause;

	pause->wanted = pause->asked = false;
	pause->until_ms = uv_now(vm->environment->loop) + PAUSE_GIVE_MS;
	pause->given_bytes = vm->run.guest_bytes;
	pause->looks = 0;
	phase_set(vm, PAUSE_GIVING);
	if (has_given(vm) && pause->streams == 0) {
		stop(vm);
		return;
	}
	if (!has_given(vm))
		vm_balloon(vm, vm->config->memory_min_bytes);
	uv_timer_start(&pause->timer, on_look, PAUSE_LOOK_MS, PAUSE_LOOK_MS);
}

void pause_on_up(struct vm *vm)
{
	if (vm->pause.wanted && vm->pause.phase == PAUSE_NONE && vm_is_up(vm))
		begin(vm);
}

static void stands(struct vm *vm)
{
	char text[96];

	vm_deadline_clear(vm);
	background_end(vm);
	uv_timer_stop(&vm->pause.timer);
	vm->pause.phase = PAUSE_STANDING;
	vm_change(vm, VM_EVENT_PAUSE);
	snprintf(text, sizeof(text), "vm \"%s\" is paused", vm_name(vm));
	const struct failure failure = {
		.code = VMSILO__BROKER__FAILURE__CODE__NOT_RUNNING, .text = text, .monitor = ""};
	waiters_fail_if(&vm->waiters, waiter_is_follower, NULL, &failure);
	waiters_done(&vm->waiters, WAIT_PAUSED);
	if (vm->pause.phase == PAUSE_STANDING &&
		(vm->pause.asked || waiters_has(&vm->waiters, WAIT_RUNNING)))
		resume(vm);
}

void pause_on_stopped(struct vm *vm)
{
	bool found = vm->state == VM_STATE_STARTING && vm->run.adopted;

	/* An earlier broker had paused it, and it was told to stop before its monitor said so. */
	if (vm->state == VM_STATE_STOPPING && vm->stall == VM_STALL_NONE)
		monitor_set(vm, false);
	if (vm->pause.phase == PAUSE_STOPPING || (vm->pause.phase == PAUSE_NONE && found))
		stands(vm);
}

void vm_start_paused(struct vm *vm)
{
	if (!vm_is_off(vm))
		return;
	vm->pause.background = vm->pause.wanted = true;
	vm_start(vm);
}

int vm_pause(struct vm *vm, struct error *error)
{
	if (vm_is_off(vm) || vm->state == VM_STATE_STOPPING)
		return error_set(error, UV_ENOTCONN, "vm \"%s\" is not running", vm_name(vm));
	if (!monitor_can(vm))
		return error_set(error, UV_ENOTSUP,
			"vm \"%s\": its monitor \"%s\" cannot pause a guest", vm_name(vm),
			vm->config->monitor);
	if (vm->stall != VM_STALL_NONE)
		return error_set(error, UV_EBUSY,
			"vm \"%s\" cannot be paused: it stands still, since the host's disk failed "
			"it",
			vm_name(vm));
	if (vm_is_pausing(vm) || vm->pause.phase == PAUSE_STANDING)
		return 0;
	vm->pause.wanted = true;
	pause_on_up(vm);
	return 0;
}

/* ---- it is not to be paused ---- */

/* Its monitor has stopped the guest already, and would say nothing more. Where it was told to, this
 * is that stop. */
void pause_on_stalled(struct vm *vm)
{
	if (!vm->pause.wanted && vm->pause.phase != PAUSE_GIVING)
		return;
	vm->pause.wanted = false;
	if (vm->pause.phase == PAUSE_GIVING)
		phase_set(vm, PAUSE_NONE);
	waiters_drop(vm, VMSILO__BROKER__FAILURE__CODE__BUSY,
		"it stands still, since the host's disk failed it");
}

void pause_withdraw(struct vm *vm)
{
	bool gives = vm->pause.phase == PAUSE_GIVING;

	background_end(vm);
	if (gives || vm->pause.wanted) {
		vm->pause.wanted = false;
		if (gives)
			phase_set(vm, PAUSE_NONE);
		waiters_drop(vm, VMSILO__BROKER__FAILURE__CODE__BUSY, "somebody uses it meanwhile");
	}
	if (vm->pause.phase == PAUSE_STOPPING)
		vm->pause.asked = true;
	if (vm->pause.phase == PAUSE_STANDING)
		resume(vm);
}

void pause_end(struct vm *vm)
{
	if (vm->pause.phase >= PAUSE_STOPPING)
		monitor_set(vm, false);
	pause_forget(vm);
}

void pause_forget(struct vm *vm)
{
	vm->pause.wanted = vm->pause.in_vain = false;
	vm->pause.background = vm->pause.was_set = false;
	phase_set(vm, PAUSE_NONE);
	waiters_drop(vm, VMSILO__BROKER__FAILURE__CODE__NOT_RUNNING, "it is not running any more");
}

/* ---- looking ---- */

bool vm_is_pausing(const struct vm *vm)
{
	return vm->pause.phase == PAUSE_GIVING || vm->pause.phase == PAUSE_STOPPING;
}

bool vm_is_moving(const struct vm *vm)
{
	return vm->pause.phase != PAUSE_NONE && vm->pause.phase != PAUSE_STANDING;
}

bool vm_can_pause(const struct vm *vm)
{
	return vm_state(vm) != VM_STATE_STOPPING && vm->stall == VM_STALL_NONE &&
	       !vm->pause.in_vain && monitor_can(vm);
}

void vm_stream_count(struct vm *vm, int change)
{
	vm->pause.streams += (unsigned int)change;
}

void pause_init(struct vm *vm)
{
	vm->pause = (struct pause){0};
	uv_timer_init(vm->environment->loop, &vm->pause.timer);
	vm->pause.timer.data = vm;
	closer_add(&vm->closer);
}
