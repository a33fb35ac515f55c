/* What is asked of a VM: to stop, to tell when it runs, and how it is. */
#include <stdarg.h>
#include <stdio.h>

#include "host-broker/config/print.h"
#include "host-broker/config/restart.h"
#include "host-broker/parts/record.h"
#include "host-broker/system/now.h"
#include "host-broker/vm/private.h"
#include "proto/base/cleanup.h"
#include "proto/base/log.h"

static void on_soon(uv_timer_t *timer)
{
	struct vm *vm = timer->data;

	if (vm->asked.start)
		vm_start(vm);
	else
		vm_stop(vm, vm->asked.force, vm->asked.timeout_ms);
}

bool vm_ask_later(struct vm *vm, const struct asked *asked)
{
	if (!vm_watchers_tell_now(vm->environment->watchers))
		return false;
	vm->asked = *asked;
	uv_timer_start(&vm->soon, on_soon, 0, 0);
	return true;
}

/* It hears of nothing before it can write. */
static void stall_tell(struct vm *vm, uint32_t total_ms)
{
	char text[192];

	snprintf(text, sizeof(text),
		"it stands still, since the host %s: it shuts down when that is over, or is killed "
		"in %u s, and what it has not written is lost",
		vm->stall == VM_STALL_DISK_FULL ? "has no room for its disk"
						: "cannot write to its disk",
		total_ms / 1000);
	vm->stop.on_note(vm->stop.data, text);
}

void vm_stop(struct vm *vm, bool force, uint32_t timeout_ms)
{
	const struct asked asked = {.force = force, .timeout_ms = timeout_ms};

	if (vm_ask_later(vm, &asked) || vm_is_off(vm))
		return;
	bool starting = vm->state == VM_STATE_STARTING;
	bool again = vm->state == VM_STATE_STOPPING;
	bool comes = vm->state == VM_STATE_PAUSED || starting;

	if (!again) {
		vm_change(vm, VM_EVENT_STOP);
		/* What is ended by force does not run another moment. */
		(force ? pause_forget : pause_end)(vm);
		char text[128];
		snprintf(text, sizeof(text), "vm \"%s\" was stopped by another request",
			vm_name(vm));
		const struct failure failure = {.code = VMSILO__BROKER__FAILURE__CODE__START_FAILED,
			.text = text,
			.monitor = ""};
		waiters_fail(&vm->waiters, WAIT_RUNNING, &failure);
	}
	if (force || (starting && !vm->run.adopted)) {
		run_kill(&vm->run);
		return;
	}
	if (again)
		return;
	vm_deadline_clear(vm);
	const struct stop_how how = {
		.total_ms = timeout_ms ? timeout_ms : vm->config->stop_timeout_ms,
		.exact = timeout_ms > 0,
		.comes = comes};
	if (vm->stall != VM_STALL_NONE)
		stall_tell(vm, how.total_ms);
	stop_ladder_start(&vm->stop, &how);
}

__attribute__((format(printf, 3, 4))) static void wait_refuse(
	struct waiter *waiter, Vmsilo__Broker__Failure__Code code, const char *format, ...)
{
	char text[BACKOFF_TEXT_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	const struct failure failure = {.code = code, .text = text, .monitor = ""};
	waiter->on_failed(waiter->data, &failure);
}

/* A VM that failed again and again is left alone for a while, unless somebody insists. */
bool vm_is_backed_off(const struct vm *vm, char ret[BACKOFF_TEXT_SIZE])
{
	uint64_t wait_ms = restart_backoff_wait_ms(&vm->backoff, boot_now_ms());

	if (vm->state != VM_STATE_FAILED || wait_ms == 0)
		return false;
	snprintf(ret, BACKOFF_TEXT_SIZE,
		"vm \"%s\" failed %u times in a row; requests start it again in %u s, vm-start at "
		"once; the last failure: %s",
		vm_name(vm), vm->backoff.failures, (unsigned int)((wait_ms + 999) / 1000),
		vm->reason.text);
	return true;
}

bool vm_is_up(const struct vm *vm)
{
	return vm->state == VM_STATE_RUNNING && !vm->ending && vm->pause.phase != PAUSE_STOPPING &&
	       vm->run.control && control_connected(vm->run.control) && run_lives(&vm->run);
}

/* True: the waiter is told that it cannot wait. */
static bool is_refused(const struct vm *vm, struct waiter *waiter)
{
	char text[BACKOFF_TEXT_SIZE];

	if (vm->waiters.count >= WAITERS_MAX) {
		wait_refuse(waiter, VMSILO__BROKER__FAILURE__CODE__BUSY,
			"vm \"%s\": %d requests are waiting for it already", vm_name(vm),
			WAITERS_MAX);
		return true;
	}
	if (waiter->wanted != WAIT_RUNNING)
		return false;
	if (waiter->follows &&
		(vm_is_off(vm) || vm->state == VM_STATE_STOPPING || vm->state == VM_STATE_PAUSED)) {
		wait_refuse(waiter, VMSILO__BROKER__FAILURE__CODE__NOT_RUNNING,
			"vm \"%s\" is not running", vm_name(vm));
		return true;
	}
	if (waiter->insists || !vm_is_backed_off(vm, text))
		return false;
	wait_refuse(waiter, VMSILO__BROKER__FAILURE__CODE__START_FAILED, "%s", text);
	return true;
}

static void wait_add(struct vm *vm, struct waiter *waiter)
{
	if (is_refused(vm, waiter))
		return;
	waiters_add(&vm->waiters, waiter);
	if (waiter->wanted != WAIT_RUNNING)
		return;
	if (vm->state == VM_STATE_STOPPING)
		waiter->on_progress(waiter->data, VMSILO__BROKER__STAGE__STAGE_QUEUED);
	else if (!waiter->follows)
		vm_start(vm);
}

static bool is_there(const struct vm *vm, enum wait wanted)
{
	switch (wanted) {
	case WAIT_STOPPED:
		return vm_is_off(vm);
	case WAIT_PAUSED:
		return vm->pause.phase == PAUSE_STANDING;
	default:
		return vm_is_up(vm);
	}
}

void vm_wait(struct vm *vm, struct waiter *waiter)
{
	if (waiter->wanted == WAIT_RUNNING && !waiter->follows && vm_is_up(vm))
		pause_withdraw(vm);
	if (is_there(vm, waiter->wanted))
		waiter->on_done(waiter->data);
	else
		wait_add(vm, waiter);
}

/* ---- those whom it did not answer though it runs ---- */

static bool is_due(struct waiter *waiter, void *data)
{
	return waiter->due_ms && waiter->due_ms <= *(const uint64_t *)data;
}

static void on_again(uv_timer_t *timer);

static void again_arm(struct vm *vm)
{
	uint64_t due_ms = waiters_due(&vm->waiters);
	uint64_t now_ms = uv_now(vm->environment->loop);

	if (due_ms)
		uv_timer_start(&vm->again, on_again, due_ms > now_ms ? due_ms - now_ms : 0, 0);
	else
		uv_timer_stop(&vm->again);
}

/* Where its end has come meanwhile, that is what they wait for. */
static void on_again(uv_timer_t *timer)
{
	struct vm *vm = timer->data;
	uint64_t now_ms = uv_now(vm->environment->loop);
	struct waiter *waiter;

	if (vm_is_up(vm)) {
		waiters_done_if(&vm->waiters, is_due, &now_ms);
	} else {
		TAILQ_FOREACH (waiter, &vm->waiters.list, link)
			waiter->due_ms = 0;
	}
	again_arm(vm);
}

int vm_wait_again(struct vm *vm, struct waiter *waiter)
{
	if (!vm_is_up(vm)) {
		waiter_count_run(waiter, vm->runs);
		if (waiter->runs >= WAITER_RUNS_MAX)
			return UV_ECANCELED;
		waiter->tries = 0;
		waiter->due_ms = 0;
		wait_add(vm, waiter);
		return 0;
	}
	if (waiter->tries >= WAITER_TRIES_MAX)
		return UV_ETIMEDOUT;
	if (is_refused(vm, waiter))
		return 0;
	waiter->due_ms =
		uv_now(vm->environment->loop) + ((uint64_t)WAITER_TRY_FIRST_MS << waiter->tries);
	waiter->tries++;
	waiters_add(&vm->waiters, waiter);
	again_arm(vm);
	return 0;
}

void vm_wait_cancel(struct vm *vm, struct waiter *waiter)
{
	waiters_remove(&vm->waiters, waiter);
}

/* ---- its agent, and its balloon ---- */

bool vm_agent_has(const struct vm *vm, uint64_t feature)
{
	return vm->run.control && control_agent_has(vm->run.control, feature);
}

int vm_tell(struct vm *vm, uint16_t type, const ProtobufCMessage *message)
{
	return vm->run.control ? control_tell(vm->run.control, type, message) : UV_ENOTCONN;
}

int vm_balloon(struct vm *vm, uint64_t guest_bytes)
{
	return vm->run.monitor ? monitor_balloon(vm->run.monitor, guest_bytes) : UV_ENOTCONN;
}

int vm_resize_disk(struct vm *vm, const char *disk, uint64_t bytes)
{
	return vm->run.monitor ? monitor_resize_disk(vm->run.monitor, disk, bytes) : UV_ENOTCONN;
}

int vm_unstall(struct vm *vm)
{
	return vm->stall != VM_STALL_NONE && vm->run.monitor ? monitor_resume(vm->run.monitor)
							     : UV_ENOTCONN;
}

void vm_agent_lost(struct vm *vm, const char *text)
{
	log_guest_warning(vm_name(vm), "%s", text);
	if (vm->run.control)
		control_drop(vm->run.control);
}

int vm_grant(struct vm *vm, const struct token *token, uint16_t port, const char *user,
	struct endpoint *ret_endpoint)
{
	const struct control_grant grant = {.token = token,
		.port = port,
		.user = user,
		.services_only = vm->config->exec == EXEC_SERVICES};

	if (!vm_is_up(vm))
		return UV_ENOTCONN;
	int code = control_grant(vm->run.control, &grant);
	if (code < 0)
		return code;
	*ret_endpoint = vm->run.vsock;
	if (port == PORT_SESSION)
		vm_watchers_change(vm->environment->watchers, vm, VM_CHANGE_GRANTED);
	return 0;
}

/* ---- its configuration, and how it is ---- */

/* A run that is not written down yet will be with what it goes by then. */
static void configuration_record(const struct vm *vm)
{
	_cleanup_free_ char *text = vm_config_print(vm->config);
	char path[PATH_SIZE];
	int code = UV_ENOMEM;

	if (text)
		code = paths_runtime(vm->environment->paths, vm_name(vm), "state", path)
			       ? record_set_config(path, text)
			       : UV_ENAMETOOLONG;
	if (code < 0 && code != UV_ENOENT)
		log_warning(vm_name(vm),
			"cannot record the new configuration: %s; if the VM is removed from the "
			"configuration, the next broker uses the old one",
			uv_strerror(code));
}

void vm_take(struct vm *vm, const struct vm_config *ran)
{
	vm_config_merge(ran, vm->newest, &vm->merged);
	vm->config = &vm->merged;
	vm->run.goes_by = vm->config;
	configuration_record(vm);
}

void vm_configure(struct vm *vm, const struct vm_config *config)
{
	vm->newest = config;
	vm->config = config;
	vm->leaves = false;
	if (!vm_is_off(vm))
		vm_take(vm, vm->ran);
	vm_watchers_change(vm->environment->watchers, vm, VM_CHANGE_CONFIG);
}

void vm_leave(struct vm *vm)
{
	vm->leaves = true;
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

void *vm_slot(const struct vm *vm, const struct vm_watcher *watcher)
{
	return vm->slots + watcher->slot_offset;
}

struct closer *vm_closer(struct vm *vm)
{
	return &vm->closer;
}

const struct vm_config *vm_configuration(const struct vm *vm)
{
	return vm->config;
}

bool vm_part_lost(const struct vm *vm, const char *key)
{
	return run_part_lost(&vm->run, key);
}

const struct identity *vm_identity(const struct vm *vm)
{
	return vm->run.drops ? &vm->run.identity : NULL;
}

uint64_t vm_runs(const struct vm *vm)
{
	return vm->runs;
}

enum vm_state vm_state(const struct vm *vm)
{
	return vm->state;
}

/* As the time of day is now: what counts is how long it waits. */
static uint64_t retry_at_ms(const struct vm *vm)
{
	uint64_t wait_ms = vm->state == VM_STATE_FAILED
				   ? restart_backoff_wait_ms(&vm->backoff, boot_now_ms())
				   : 0;

	return wait_ms ? unix_now_ms() + wait_ms : 0;
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
		.emulated = !off && vm->run.emulated,
		.agent = vm->agent,
		.guest_bytes = vm->run.guest_bytes,
		.agent_connected = vm->run.control && control_connected(vm->run.control),
		.monitor_pid = run_monitor_pid(&vm->run),
		.sessions = vm->sessions,
		.windowed = vm->windowed,
		.running_ms = off ? 0 : boot_now_ms() - vm->run.started_boot_ms,
		.adopted = vm->run.adopted,
		.stall = vm->stall,
		.generation = vm->run.generation,
		.failures = vm->backoff.failures,
		.retry_at_ms = retry_at_ms(vm),
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
	if (!vm->run.monitor)
		return;
	pause_withdraw(vm);
	monitor_console_send(vm->run.monitor, bytes, length);
}
