#include "host-broker/idle/idle.h"

#include <stdlib.h>

#include "host-broker/system/cpu-time.h"
#include "host-broker/system/now.h"
#include "proto/base/log.h"
#include "proto/control.pb-c.h"
#include "proto/io/closer.h"
#include "proto/wire/frame.h"

struct idle_hold {
	TAILQ_ENTRY(idle_hold) link; /* in idle_vm.holds */
	struct idle_vm *guest;       /* NULL: the VM is gone */
	struct reason reason;
};

/* What is known of one VM: its slot. */
struct idle_vm {
	struct idle *idle;
	struct vm *vm;
	bool agent;
	struct idle_policy policy;
	struct idle_verdict verdict;
	bool announces;  /* what was announced is different */
	uint64_t cpu_ms; /* of the monitor, when it was measured first */
	TAILQ_HEAD(, idle_hold) holds;
	unsigned int holds_count;
	uv_timer_t timer;
};

struct idle {
	struct idle_options options;
	struct vm_watcher watcher;
};

static struct idle_vm *idle_vm_of(const struct idle *idle, const struct vm *vm)
{
	return vm_slot(vm, &idle->watcher);
}

static const char *name_of(const struct idle_vm *guest)
{
	return vm_configuration(guest->vm)->name;
}

static uint64_t now_of(const struct idle_vm *guest)
{
	return uv_now(guest->idle->options.environment->loop);
}

/* ---- facts ---- */

static pid_t monitor_pid(const struct idle_vm *guest)
{
	struct vm_status status;

	vm_status(guest->vm, &status);
	return status.monitor_pid;
}

/* Of one processor, since the measurement began. */
static unsigned int cpu_percent(const struct idle_vm *guest)
{
	uint64_t now = now_of(guest), used;

	if (!guest->policy.measuring || now <= guest->policy.measured_from ||
		cpu_time_read(monitor_pid(guest), &used) < 0 || used < guest->cpu_ms)
		return 0;
	return (unsigned int)((used - guest->cpu_ms) * 100 / (now - guest->policy.measured_from));
}

static bool network_counts(const struct idle_vm *guest)
{
	return guest->idle->options.count &&
	       vm_configuration(guest->vm)->pause.network == PAUSE_NETWORK_KEEP &&
	       network_config_is_set(&vm_ran(guest->vm)->network);
}

static void facts_get(const struct idle_vm *guest, struct idle_facts *ret)
{
	const struct idle_config *config = &vm_configuration(guest->vm)->idle;
	struct vm_status status;
	const struct idle_hold *hold;

	vm_status(guest->vm, &status);
	*ret = (struct idle_facts){
		.running = status.state == VM_STATE_RUNNING || status.state == VM_STATE_PAUSED,
		.paused = status.state == VM_STATE_PAUSED,
		.moving = vm_is_moving(guest->vm),
		.can_pause = vm_can_pause(guest->vm),
		.agent = guest->agent,
		.stalled = status.stall != VM_STALL_NONE,
		.network = network_counts(guest),
		.sessions = status.sessions,
		.windowed = status.windowed,
	};
	TAILQ_FOREACH (hold, &guest->holds, link)
		ret->holds |= REASON_BIT(hold->reason.code);
	if (config->cpu_percent && now_of(guest) >= guest->verdict.due_at)
		ret->cpu_percent = cpu_percent(guest);
}

/* ---- what is decided, done ---- */

static void guest_ask(struct idle_vm *guest)
{
	Vmsilo__Control__Idle ask = VMSILO__CONTROL__IDLE__INIT;

	/* An agent that does not take it is not waited for: the broker decides. */
	if (vm_tell(guest->vm, FRAME_IDLE, &ask.base) < 0)
		log_info(name_of(guest), "cannot ask the agent whether the guest is idle");
}

static void idle_measure(struct idle_vm *guest)
{
	if (cpu_time_read(monitor_pid(guest), &guest->cpu_ms) < 0)
		guest->cpu_ms = 0;
	guest_ask(guest);
}

static void idle_pause(struct idle_vm *guest)
{
	uint64_t idle_ms = now_of(guest) - guest->policy.since;
	struct error error = {0};
	struct reason reason;

	reason_make(&reason, REASON_PAUSED, unix_now_ms(), "",
		"it is paused: it was idle for %llu s", (unsigned long long)idle_ms / 1000);
	why_note_pause(guest->idle->options.why, guest->vm, &reason);
	log_info(name_of(guest), "idle for %llu s: pausing", (unsigned long long)idle_ms / 1000);
	if (vm_pause(guest->vm, &error) < 0)
		log_warning(name_of(guest), "cannot be paused: %s", error.text);
}

/* What runs in a guest that an earlier broker has paused, nobody has heard yet. */
static void idle_look(struct idle_vm *guest)
{
	log_info(name_of(guest), "idle: runs on, to tell whether it is in use");
	vm_start(guest->vm);
}

static void idle_stop(struct idle_vm *guest)
{
	uint64_t idle_ms = now_of(guest) - guest->policy.since;
	struct reason reason;

	reason_make(&reason, REASON_IDLE, unix_now_ms(), "", "it was idle for %llu s",
		(unsigned long long)idle_ms / 1000);
	why_note(guest->idle->options.why, guest->vm, &reason);
	log_info(name_of(guest), "idle for %llu s: shutting down",
		(unsigned long long)idle_ms / 1000);
	vm_stop(guest->vm, false, 0);
}

static void on_timer(uv_timer_t *timer);

static void timer_set(struct idle_vm *guest)
{
	uint64_t now = now_of(guest), wake_at = guest->announces ? now : guest->verdict.wake_at;

	if (wake_at)
		uv_timer_start(&guest->timer, on_timer, wake_at > now ? wake_at - now : 0, 0);
	else
		uv_timer_stop(&guest->timer);
}

/* Brings the verdict up to date. Nobody is told, and no VM stopped, but by the timer. */
static void idle_vm_step(struct idle_vm *guest)
{
	struct idle_facts facts;

	facts_get(guest, &facts);
	idle_policy_step(&guest->policy, &vm_configuration(guest->vm)->idle, &facts, now_of(guest),
		&guest->verdict);
	if (guest->verdict.actions & IDLE_MEASURE)
		idle_measure(guest);
	if (guest->verdict.actions & (IDLE_ANNOUNCE | IDLE_WITHDRAW))
		guest->announces = true;
	if (!facts.running)
		guest->announces = false;
	timer_set(guest);
	if (guest->verdict.actions & IDLE_COUNT)
		guest->idle->options.count(guest->idle->options.data);
}

static void idle_announce(struct idle_vm *guest)
{
	uint64_t now = now_of(guest), stop_at = guest->verdict.stop_at;
	/* A broker that stood still tells of it when it is over. */
	uint64_t left_ms = stop_at > now ? stop_at - now : 0;

	guest->announces = false;
	if (guest->policy.announced)
		log_guest_info(name_of(guest), "idle: will shut down in %llu s",
			(unsigned long long)(left_ms + 999) / 1000);
	guest->idle->options.on_announced(guest->idle->options.data, guest->vm);
	timer_set(guest);
}

static void on_timer(uv_timer_t *timer)
{
	struct idle_vm *guest = timer->data;

	idle_vm_step(guest);
	if (guest->announces)
		idle_announce(guest);
	else if (guest->verdict.actions & IDLE_PAUSE)
		idle_pause(guest);
	else if ((guest->verdict.actions & IDLE_STOP) && !guest->agent)
		idle_look(guest);
	else if (guest->verdict.actions & IDLE_STOP)
		idle_stop(guest);
}

/* ---- what happens to VMs ---- */

static void on_begin(void *data, struct vm *vm)
{
	struct idle *idle = data;
	struct idle_vm *guest = idle_vm_of(idle, vm);

	guest->idle = idle;
	guest->vm = vm;
	TAILQ_INIT(&guest->holds);
	uv_timer_init(idle->options.environment->loop, &guest->timer);
	guest->timer.data = guest;
	closer_add(vm_closer(vm));
}

/* They are their owners' until they release them. */
static void holds_leave(struct idle_vm *guest)
{
	struct idle_hold *hold;

	while ((hold = TAILQ_FIRST(&guest->holds))) {
		TAILQ_REMOVE(&guest->holds, hold, link);
		hold->guest = NULL;
	}
	guest->holds_count = 0;
}

static void on_end(void *data, struct vm *vm)
{
	struct idle_vm *guest = idle_vm_of(data, vm);

	holds_leave(guest);
	closer_close(vm_closer(vm), (uv_handle_t *)&guest->timer);
}

static void on_removed(void *data, struct vm *vm)
{
	struct idle_vm *guest = idle_vm_of(data, vm);

	holds_leave(guest);
	uv_timer_stop(&guest->timer);
	guest->agent = guest->announces = false;
	guest->policy = (struct idle_policy){0};
	guest->verdict = (struct idle_verdict){0};
}

static void on_state(void *data, struct vm *vm, enum vm_state from)
{
	(void)from;
	idle_vm_step(idle_vm_of(data, vm));
}

static void on_change(void *data, struct vm *vm, enum vm_change change)
{
	struct idle_vm *guest = idle_vm_of(data, vm);

	if (change == VM_CHANGE_AGENT || change == VM_CHANGE_AGENT_LOST)
		guest->agent = change == VM_CHANGE_AGENT;
	if (change == VM_CHANGE_GRANTED)
		idle_policy_touch(&guest->policy, now_of(guest));
	if (change == VM_CHANGE_PAUSING && !vm_is_moving(vm))
		idle_policy_asked(&guest->policy, now_of(guest));
	idle_vm_step(guest);
}

static int on_message(
	void *data, struct vm *vm, uint16_t type, const ProtobufCMessage *untrusted_message)
{
	const Vmsilo__Control__Idle *untrusted_idle =
		(const Vmsilo__Control__Idle *)untrusted_message;
	struct idle_vm *guest = idle_vm_of(data, vm);

	(void)type;
	if (untrusted_idle->inhibitors == 0 && untrusted_idle->programs == 0)
		return 0;
	idle_policy_guest_active(&guest->policy, now_of(guest),
		untrusted_idle->programs > 0 ? REASON_PROGRAMS : REASON_GUEST);
	idle_vm_step(guest);
	return 0;
}

int idle_create(const struct idle_options *options, struct idle **ret)
{
	struct idle *idle = calloc(1, sizeof(*idle));

	if (!idle)
		return UV_ENOMEM;
	idle->options = *options;
	idle->watcher = (struct vm_watcher){
		.slot_size = sizeof(struct idle_vm),
		.on_begin = on_begin,
		.on_end = on_end,
		.on_state = on_state,
		.on_change = on_change,
		.on_removed = on_removed,
		.on_message = on_message,
		.first_type = FRAME_IDLE,
		.last_type = FRAME_IDLE,
		.data = idle,
	};
	*ret = idle;
	return vm_watchers_add(options->environment->watchers, &idle->watcher);
}

void idle_destroy(struct idle *idle)
{
	free(idle);
}

/* ---- holds ---- */

int idle_hold_add(
	struct idle *idle, struct vm *vm, const struct reason *reason, struct idle_hold **ret)
{
	struct idle_vm *guest = idle_vm_of(idle, vm);

	if (guest->holds_count == IDLE_HOLDS_MAX)
		return UV_ENOBUFS;
	struct idle_hold *hold = calloc(1, sizeof(*hold));
	if (!hold)
		return UV_ENOMEM;
	hold->guest = guest;
	hold->reason = *reason;
	TAILQ_INSERT_TAIL(&guest->holds, hold, link);
	guest->holds_count++;
	idle_vm_step(guest);
	*ret = hold;
	return 0;
}

uint32_t idle_count(struct idle *idle, const struct vm *vm, enum reason_code code)
{
	const struct idle_hold *hold;
	uint32_t items = 0;

	TAILQ_FOREACH (hold, &idle_vm_of(idle, vm)->holds, link)
		items += hold->reason.code == code ? hold->reason.items : 0;
	return items;
}

uint32_t idle_windows(struct idle *idle, const struct vm *vm)
{
	return idle_count(idle, vm, REASON_WINDOW) + idle_count(idle, vm, REASON_HIDDEN);
}

void idle_hold_release(struct idle_hold *hold)
{
	struct idle_vm *guest = hold->guest;

	if (guest) {
		TAILQ_REMOVE(&guest->holds, hold, link);
		guest->holds_count--;
	}
	free(hold);
	if (guest)
		idle_vm_step(guest);
}

bool idle_held(
	struct idle *idle, const struct vm *vm, enum reason_code code, const struct reason **ret)
{
	const struct idle_hold *hold;

	TAILQ_FOREACH (hold, &idle_vm_of(idle, vm)->holds, link) {
		if (hold->reason.code != code)
			continue;
		*ret = &hold->reason;
		return true;
	}
	return false;
}

void idle_counted(struct idle *idle, struct vm *vm, uint64_t bytes)
{
	struct idle_vm *guest = idle_vm_of(idle, vm);

	idle_policy_counted(&guest->policy, now_of(guest), bytes);
	idle_vm_step(guest);
}

void idle_keep(struct idle *idle, struct vm *vm, uint32_t for_ms)
{
	struct idle_vm *guest = idle_vm_of(idle, vm);

	idle_policy_keep(&guest->policy,
		now_of(guest) + (for_ms < IDLE_KEEP_MAX_MS ? for_ms : IDLE_KEEP_MAX_MS));
	idle_vm_step(guest);
}

/* ---- what is told ---- */

static uint64_t unix_of(const struct idle_vm *guest, uint64_t at)
{
	return unix_now_ms() + at - now_of(guest);
}

void idle_status(struct idle *idle, struct vm *vm, struct idle_status *ret)
{
	struct idle_vm *guest = idle_vm_of(idle, vm);

	idle_vm_step(guest);
	*ret = (struct idle_status){
		.kind = guest->verdict.kind, .announced = guest->policy.announced};
	if (ret->kind != IDLE_COUNTING)
		return;
	ret->since_ms = unix_of(guest, guest->verdict.since);
	ret->stop_at_ms = guest->verdict.stop_at ? unix_of(guest, guest->verdict.stop_at) : 0;
	ret->pause_at_ms = guest->verdict.pause_at ? unix_of(guest, guest->verdict.pause_at) : 0;
}

static void add_sessions(const struct idle_vm *guest, struct reasons *ret)
{
	struct reason reason;
	struct vm_status status;

	vm_status(guest->vm, &status);
	reason_make(&reason, REASON_SESSIONS, 0, "", "%u program%s running in it%s",
		status.sessions, status.sessions == 1 ? " is" : "s are",
		guest->verdict.kind == IDLE_COUNTING
			? ", of which nobody sees a window: it may be paused"
			: "");
	reasons_add(ret, &reason);
}

static const char *activity_text(enum reason_code activity)
{
	switch (activity) {
	case REASON_CPU:
		return "it was using the processor at the last check";
	case REASON_PROGRAMS:
		return "background programs were running in it at the last check";
	case REASON_NETWORK:
		return "data crossed its network before the last check";
	default:
		return "the guest asked to stay at the last check";
	}
}

static unsigned long long seconds(uint64_t at, uint64_t now)
{
	return (at > now ? at - now + 999 : 0) / 1000;
}

static void add_end(const struct idle_vm *guest, struct reasons *ret)
{
	uint64_t now = now_of(guest), stop_at = guest->verdict.stop_at;
	uint64_t pause_at = guest->verdict.pause_at;
	struct reason reason;

	if (guest->policy.activity != REASON_NONE) {
		reason_make(&reason, guest->policy.activity, unix_of(guest, guest->verdict.since),
			"", "%s", activity_text(guest->policy.activity));
		reasons_add(ret, &reason);
	}
	if (pause_at) {
		reason_make(&reason, REASON_IDLE, unix_of(guest, pause_at), "",
			"nothing keeps it running: it is paused in %llu s", seconds(pause_at, now));
		reasons_add(ret, &reason);
	}
	if (!stop_at)
		return;
	reason_make(&reason, REASON_IDLE, unix_of(guest, stop_at), "",
		"nothing keeps it%s: it stops in %llu s",
		vm_state(guest->vm) == VM_STATE_PAUSED ? "" : " running", seconds(stop_at, now));
	reasons_add(ret, &reason);
}

void idle_reasons(struct idle *idle, struct vm *vm, struct reasons *ret)
{
	struct idle_vm *guest = idle_vm_of(idle, vm);
	const struct idle_hold *hold;
	struct reason reason;

	idle_vm_step(guest);
	if (guest->verdict.reasons & REASON_BIT(REASON_SESSIONS))
		add_sessions(guest, ret);
	TAILQ_FOREACH (hold, &guest->holds, link)
		if (guest->verdict.reasons & REASON_BIT(hold->reason.code))
			reasons_add(ret, &hold->reason);
	if (guest->verdict.reasons & REASON_BIT(REASON_STALLED)) {
		reason_make(&reason, REASON_STALLED, 0, "",
			"it stands still in the middle of a write, for which the host has no room");
		reasons_add(ret, &reason);
	}
	if (guest->verdict.reasons & REASON_BIT(REASON_NO_AGENT)) {
		reason_make(&reason, REASON_NO_AGENT, 0, "",
			"its agent is not connected, so what runs inside is unknown");
		reasons_add(ret, &reason);
	}
	if (guest->verdict.kind == IDLE_NEVER) {
		reason_make(&reason, REASON_NO_IDLE, 0, "",
			"its configuration has no `idle:`, so it is never stopped as idle");
		reasons_add(ret, &reason);
	}
	if (guest->verdict.kind == IDLE_COUNTING)
		add_end(guest, ret);
}
