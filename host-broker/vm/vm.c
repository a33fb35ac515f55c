#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-broker/system/now.h"
#include "host-broker/system/runtime-dir.h"
#include "host-broker/vm/private.h"
#include "proto/base/cleanup.h"
#include "proto/base/log.h"

static const struct run_callbacks run_callbacks;

/* The one place that changes the state. */
void vm_change(struct vm *vm, enum vm_event event)
{
	enum vm_state from = vm->state;
	int next = vm_state_next(from, event);

	if (next < 0) {
		log_error(vm_name(vm),
			"%s while %s: this is a bug of vmsilo-broker, please report it",
			vm_event_name(event), vm_state_name(from));
		abort();
	}
	bool changed = next != (int)from;

	if (changed)
		log_info(vm_name(vm), "%s -> %s%s%s", vm_state_name(from),
			vm_state_name((enum vm_state)next), vm->reason.text[0] ? ": " : "",
			vm->reason.text);
	vm->state = (enum vm_state)next;
	if (changed)
		vm_watchers_state(vm->environment->watchers, vm, from);
}

static void on_note(void *data, const char *text)
{
	struct vm *vm = data;

	log_info(vm_name(vm), "%s", text);
	vm_watchers_note(vm->environment->watchers, vm, text);
}

/* ---- waiters ---- */

/* How a run ended, for those who wait for the VM to run. */
struct run_end {
	bool again;        /* it is started again for them, within bounds */
	const char *text;  /* why it ended */
	const char *words; /* the monitor's last */
};

static bool is_let_down(struct waiter *waiter, void *data)
{
	const struct run_end *end = data;

	return waiter->wanted == WAIT_RUNNING && (!end->again || waiter->runs >= WAITER_RUNS_MAX);
}

static bool is_held_up(struct waiter *waiter, void *data)
{
	(void)data;
	return waiter->wanted == WAIT_RUNNING && !waiter->insists;
}

static void waiters_count_run(struct vm *vm)
{
	struct waiter *waiter;

	TAILQ_FOREACH (waiter, &vm->waiters.list, link) {
		waiter_count_run(waiter, vm->runs);
		waiter->tries = 0;
		waiter->due_ms = 0;
	}
}

/* Requests that wait for RUNNING in vain are told why. */
static void waiters_end_run(struct vm *vm, struct run_end *end)
{
	struct console_lines *lines = calloc(1, sizeof(*lines));
	struct failure failure = {
		.code = VMSILO__BROKER__FAILURE__CODE__NOT_RUNNING,
		.text = end->text,
		.console = lines,
		.monitor = end->words,
	};
	char text[BACKOFF_TEXT_SIZE];

	if (lines)
		console_ring_lines(&vm->console, lines);
	waiters_count_run(vm);
	waiters_fail_if(&vm->waiters, waiter_is_follower, end, &failure);
	failure.code = VMSILO__BROKER__FAILURE__CODE__START_FAILED;
	waiters_fail_if(&vm->waiters, is_let_down, end, &failure);
	if (vm_is_backed_off(vm, text)) {
		failure.text = text;
		waiters_fail_if(&vm->waiters, is_held_up, end, &failure);
	}
	free(lines);
}

/* ---- the end of a run ---- */

/* A run that ended otherwise than it was asked to may be the first of many. */
static void failure_count(struct vm *vm)
{
	uint64_t now_ms = boot_now_ms();

	restart_backoff_failed(&vm->backoff, now_ms, now_ms - vm->run.started_boot_ms);
}

static void run_forget(struct vm *vm)
{
	vm_deadline_clear(vm);
	stop_ladder_end(&vm->stop);
	pause_forget(vm);
	vm->ending = false;
	vm->up_since_ms = 0;
	vm->sessions = vm->windowed = 0;
	vm->stall = VM_STALL_NONE;
	vm->agent[0] = '\0';
	run_end(&vm->run, vm->environment, vm_name(vm));
	vm->config = vm->newest;
	vm->ran = NULL;
}

void vm_reason_set(struct vm *vm, const char *format, ...)
{
	va_list arguments;

	if (vm->reason.text[0])
		return;
	va_start(arguments, format);
	vsnprintf(vm->reason.text, sizeof(vm->reason.text), format, arguments);
	va_end(arguments);
}

/* Nothing of the run is left; tells the waiters. text and words may be the run's own. */
static void run_over(struct vm *vm, enum vm_event event, const struct run_end *run_end)
{
	bool stopping = vm->state == VM_STATE_STOPPING;
	_cleanup_free_ char *words = strdup(run_end->words);
	_cleanup_free_ char *text = strdup(run_end->text);
	struct run_end end = {.again = run_end->again && !vm->leaves,
		.words = words ? words : "",
		.text = text ? text : ""};

	run_forget(vm);
	vm_change(vm, event);
	if (!stopping || vm->leaves)
		waiters_end_run(vm, &end);
	waiters_done(&vm->waiters, WAIT_STOPPED);
	if (waiters_has(&vm->waiters, WAIT_RUNNING))
		vm_start(vm);
}

static void run_off(struct vm *vm, const char *text)
{
	restart_backoff_clear(&vm->backoff);
	run_over(vm, VM_EVENT_OFF,
		&(const struct run_end){.again = true, .text = text, .words = ""});
}

/* A start that failed fails for all who wait for it; one that was killed from outside, and a run
 * that ended, may go better the next time. */
static void run_lost(struct vm *vm, bool again, const char *last_words)
{
	if (vm->run.monitor)
		failure_count(vm);
	run_over(vm, VM_EVENT_LOST,
		&(const struct run_end){
			.again = again, .text = vm->reason.text, .words = last_words});
}

/* As on a machine, and as other managers of VMs have it. */
static void run_rebooted(struct vm *vm)
{
	uint64_t now_ms = boot_now_ms();
	char words[128];

	if (restart_backoff_rebooted(&vm->backoff, now_ms, now_ms - vm->up_since_ms)) {
		vm_watchers_change(vm->environment->watchers, vm, VM_CHANGE_REBOOT);
		on_note(vm, "the guest rebooted: starting the VM again");
		snprintf(words, sizeof(words), "vm \"%s\" ended: the guest rebooted", vm_name(vm));
		run_over(vm, VM_EVENT_OFF,
			&(const struct run_end){.again = true, .text = words, .words = ""});
		vm_start(vm);
		return;
	}
	vm_reason_set(vm, "vm \"%s\" ended: the guest rebooted %u times in a row, each within %u s",
		vm_name(vm), vm->backoff.reboots, REBOOT_SOON_MS / 1000);
	run_over(vm, VM_EVENT_LOST,
		&(const struct run_end){.again = true, .text = vm->reason.text, .words = ""});
}

static void on_run_over(void *data, const struct run_over *over)
{
	struct vm *vm = data;
	bool starting = vm->state == VM_STATE_STARTING;
	bool killed = over->end == MONITOR_END_KILLED || over->end == MONITOR_END_SIGNAL;
	char words[128];

	if (vm->state == VM_STATE_STOPPING) {
		snprintf(words, sizeof(words), "vm \"%s\" was stopped", vm_name(vm));
		run_off(vm, words);
	} else if (vm->reason.text[0]) {
		run_lost(vm, !starting, over->last_words);
	} else if (!starting && over->end == MONITOR_END_POWERED_OFF) {
		on_note(vm, "the guest powered itself off");
		snprintf(words, sizeof(words), "vm \"%s\" ended: the guest powered itself off",
			vm_name(vm));
		run_off(vm, words);
	} else if (!starting && over->end == MONITOR_END_RESET && vm->leaves) {
		on_note(vm, "the guest rebooted, and the VM is no longer configured");
		snprintf(words, sizeof(words), "vm \"%s\" is no longer configured", vm_name(vm));
		run_off(vm, words);
	} else if (!starting && over->end == MONITOR_END_RESET) {
		run_rebooted(vm);
	} else {
		vm_reason_set(vm, "vm \"%s\" %s: %s%s", vm_name(vm),
			starting ? "failed to start" : "ended", over->text,
			starting && over->by_monitor ? vm_kvm_doubt(vm) : "");
		run_lost(vm, !starting || killed, over->last_words);
	}
}

/* ---- the start ---- */

static void stage_set(struct vm *vm, Vmsilo__Broker__Stage stage)
{
	if (stage <= vm->stage)
		return;
	vm->stage = stage;
	waiters_progress(&vm->waiters, stage);
}

static void on_console(void *data, const char *bytes, size_t length)
{
	struct vm *vm = data;

	console_ring_add(&vm->console, bytes, length);
	vm_watchers_console(vm->environment->watchers, vm, bytes, length);
	if (vm->state == VM_STATE_STARTING)
		stage_set(vm, VMSILO__BROKER__STAGE__STAGE_KERNEL);
}

static void stall_set(struct vm *vm, enum vm_stall stall)
{
	if (vm->stall == stall)
		return;
	vm->stall = stall;
	if (stall == VM_STALL_NONE)
		return;
	pause_on_stalled(vm);
	vm_watchers_change(vm->environment->watchers, vm, VM_CHANGE_STALLED);
}

static void on_monitor_event(void *data, enum monitor_event event)
{
	struct vm *vm = data;

	if (event == MONITOR_EVENT_CONTROL_READY && vm->state == VM_STATE_STARTING)
		stage_set(vm, VMSILO__BROKER__STAGE__STAGE_MONITOR);
	if (event == MONITOR_EVENT_CONTROL_READY)
		pause_on_up(vm);
	if (event == MONITOR_EVENT_ENDING)
		vm->ending = true;
	if (event == MONITOR_EVENT_PANICKED) {
		vm_reason_set(vm, "vm \"%s\" %s: the guest's kernel panicked", vm_name(vm),
			vm->state == VM_STATE_STARTING ? "failed to start" : "ended");
		run_kill(&vm->run);
	}
	if (event == MONITOR_EVENT_DISK_FULL || event == MONITOR_EVENT_DISK_FAILED)
		stall_set(vm, event == MONITOR_EVENT_DISK_FULL ? VM_STALL_DISK_FULL
							       : VM_STALL_DISK_FAILED);
	if (event == MONITOR_EVENT_DISK_RESIZED)
		vm_watchers_change(vm->environment->watchers, vm, VM_CHANGE_DISK);
	if (event == MONITOR_EVENT_RESUMED)
		stall_set(vm, VM_STALL_NONE);
	if (event == MONITOR_EVENT_PAUSED)
		pause_on_stopped(vm);
	if (event == MONITOR_EVENT_RESUMED)
		pause_on_resumed(vm);
}

static void on_born(void *data)
{
	pause_on_born(data);
}

static void on_balloon(void *data, uint64_t guest_bytes)
{
	struct vm *vm = data;

	vm->run.guest_bytes = guest_bytes;
	vm_watchers_change(vm->environment->watchers, vm, VM_CHANGE_BALLOON);
	pause_on_balloon(vm);
}

/* With accel: auto, the user is told when the weaker isolation was chosen. */
static void emulation_tell(struct vm *vm)
{
	const char *why =
		vm->run.emulated ? launch_emulation_warning(vm->config, vm_identity(vm)) : "";
	char text[256];

	if (!why[0])
		return;
	snprintf(text, sizeof(text),
		"%s; QEMU's developers do not consider that a security boundary (to refuse it, set "
		"'accel: kvm')",
		why);
	log_warning(vm_name(vm), "%s", text);
	vm_watchers_note(vm->environment->watchers, vm, text);
}

void vm_start(struct vm *vm)
{
	struct error error = {0};

	if (vm_ask_later(vm, &(const struct asked){.start = true}))
		return;
	if (!vm_is_off(vm)) {
		pause_withdraw(vm);
		return;
	}
	vm->ran = vm->config;
	vm->runs++;
	vm->reason = (struct error){0};
	vm->stage = VMSILO__BROKER__STAGE__STAGE_UNSPECIFIED;
	console_ring_clear(&vm->console);
	vm_change(vm, VM_EVENT_START);
	vm_deadline_set(vm, DEADLINE_START, vm->config->start_timeout_ms);
	if (run_start(&vm->run, vm->environment, vm->config, &run_callbacks, vm, &error) < 0) {
		vm->reason = error;
		run_lost(vm, false, "");
		return;
	}
	emulation_tell(vm);
}

/* ---- adoption ---- */

/* An earlier broker died in the middle of its start or of its end, or a part since. */
static void pieces_end(struct vm *vm)
{
	on_note(vm, "found only partly running: ending what is left");
	vm_change(vm, VM_EVENT_STOP);
}

int vm_adopt(struct vm *vm, const struct vm_config *ran)
{
	struct error error = {0};
	int code = run_adopt(&vm->run, vm->environment, ran, &run_callbacks, vm);

	if (code == UV_ENOENT) {
		run_end(&vm->run, vm->environment, vm_name(vm));
		return code;
	}
	vm->ran = ran;
	vm_take(vm, ran);
	vm_change(vm, VM_EVENT_START);
	if (code < 0) {
		pieces_end(vm);
		return code;
	}
	vm_deadline_set(vm, DEADLINE_START, vm->config->start_timeout_ms);
	pause_on_adopted(vm);
	if (run_listen(&vm->run, &error) < 0) {
		vm_reason_set(vm, "%s", error.text);
		run_kill(&vm->run);
	}
	return 0;
}

/* ---- the agent ---- */

static void agent_came(struct vm *vm)
{
	bool starting = vm->state == VM_STATE_STARTING;

	if (starting || vm->deadline == DEADLINE_AGENT)
		vm_deadline_clear(vm);
	stage_set(vm, VMSILO__BROKER__STAGE__STAGE_AGENT);
	vm_change(vm, VM_EVENT_READY);
	pause_on_agent(vm);
	stop_ladder_on_agent(&vm->stop);
	if (!vm->up_since_ms)
		vm->up_since_ms = boot_now_ms();
	vm_watchers_change(vm->environment->watchers, vm, VM_CHANGE_AGENT);
	if (vm->state == VM_STATE_RUNNING)
		waiters_done(&vm->waiters, WAIT_RUNNING);
	pause_on_up(vm);
}

/* A guest can be up before all that was started for it is. */
static void on_agent_connected(void *data, const char *software)
{
	struct vm *vm = data;

	snprintf(vm->agent, sizeof(vm->agent), "%s", software);
	if (run_is_up(&vm->run))
		agent_came(vm);
}

static void on_run_up(void *data)
{
	struct vm *vm = data;

	if (vm->state == VM_STATE_STARTING && vm->run.control && control_connected(vm->run.control))
		agent_came(vm);
}

static void on_agent_lost(void *data, int reason)
{
	struct vm *vm = data;

	log_guest_info(vm_name(vm), "the connection to the agent ended: %s",
		reason == 0 ? "end of file" : uv_strerror(reason));
	if (vm->state == VM_STATE_RUNNING)
		vm_deadline_set(vm, DEADLINE_AGENT, vm->config->start_timeout_ms);
	vm_watchers_change(vm->environment->watchers, vm, VM_CHANGE_AGENT_LOST);
}

static void on_agent_rejected(void *data, const char *text)
{
	struct vm *vm = data;

	log_guest_warning(vm_name(vm), "%s", text);
	if (vm->state != VM_STATE_STARTING)
		return;
	vm_reason_set(vm, "vm \"%s\" failed to start: %s", vm_name(vm), text);
	run_kill(&vm->run);
}

static void on_agent_activity(void *data, unsigned int sessions, unsigned int windowed)
{
	struct vm *vm = data;

	vm->sessions = sessions;
	vm->windowed = windowed;
	vm_watchers_change(vm->environment->watchers, vm, VM_CHANGE_SESSIONS);
}

static int on_agent_message(void *data, uint16_t type, const ProtobufCMessage *untrusted_message)
{
	struct vm *vm = data;

	return vm_watchers_message(vm->environment->watchers, vm, type, untrusted_message);
}

static const struct control_callbacks control_callbacks = {
	.on_connected = on_agent_connected,
	.on_lost = on_agent_lost,
	.on_rejected = on_agent_rejected,
	.on_activity = on_agent_activity,
	.on_message = on_agent_message,
};

static const struct run_callbacks run_callbacks = {
	.control = &control_callbacks,
	.on_event = on_monitor_event,
	.on_console = on_console,
	.on_balloon = on_balloon,
	.on_born = on_born,
	.on_note = on_note,
	.on_up = on_run_up,
	.on_over = on_run_over,
};

/* ---- making, ending, looking ---- */

static void vm_free(void *data)
{
	struct vm *vm = data;

	console_ring_finish(&vm->console);
	if (vm->on_closed)
		vm->on_closed(vm->on_closed_data);
	free(vm->slots);
	free(vm);
}

int vm_create(
	const struct vm_environment *environment, const struct vm_config *config, struct vm **ret)
{
	struct vm *vm = calloc(1, sizeof(*vm));
	char *slots = vm ? vm_watchers_slots(environment->watchers) : NULL;

	if (!slots) {
		free(vm);
		return UV_ENOMEM;
	}
	vm->slots = slots;
	vm->environment = environment;
	vm->config = vm->newest = config;
	waiters_init(&vm->waiters);
	console_ring_init(&vm->console);
	closer_init(&vm->closer, vm_free, vm);
	uv_timer_init(environment->loop, &vm->timer);
	vm->timer.data = vm;
	closer_add(&vm->closer);
	stop_ladder_init(&vm->stop, environment->loop, &vm->run, on_note, vm, &vm->closer);
	pause_init(vm);
	uv_timer_init(environment->loop, &vm->again);
	vm->again.data = vm;
	closer_add(&vm->closer);
	uv_timer_init(environment->loop, &vm->soon);
	vm->soon.data = vm;
	closer_add(&vm->closer);
	vm_watchers_begin(environment->watchers, vm);
	*ret = vm;
	return 0;
}

static void on_run_closed(void *data, const struct run_over *over)
{
	struct vm *vm = data;
	const struct vm_environment *environment = vm->environment;

	(void)over;
	run_end(&vm->run, environment, vm_name(vm));
	if (!environment->folder_lost)
		runtime_dir_remove(environment->paths, vm_name(vm));
	closer_finish(&vm->closer);
}

static const struct run_callbacks last_callbacks = {.on_over = on_run_closed};

/* Nobody finds half a start again: it is ended, which takes as long as its parts may. */
void vm_destroy(struct vm *vm, void (*on_closed)(void *data), void *data)
{
	vm->on_closed = on_closed;
	vm->on_closed_data = data;
	vm_watchers_end(vm->environment->watchers, vm);
	closer_close(&vm->closer, (uv_handle_t *)&vm->timer);
	closer_close(&vm->closer, (uv_handle_t *)&vm->again);
	closer_close(&vm->closer, (uv_handle_t *)&vm->soon);
	closer_close(&vm->closer, (uv_handle_t *)&vm->stop.timer);
	closer_close(&vm->closer, (uv_handle_t *)&vm->pause.timer);
	if (run_is_halfway(&vm->run)) {
		run_abandon(&vm->run, &last_callbacks);
		return;
	}
	run_leave(&vm->run);
	closer_finish(&vm->closer);
}
