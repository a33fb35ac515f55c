#include "host-broker/idle/idle.h"

#include <stdlib.h>

#include "host-broker/idle/cpu-time.h"
#include "host-broker/system/unix-time.h"
#include "proto/base/log.h"
#include "proto/control.pb-c.h"
#include "proto/io/closer.h"
#include "proto/wire/frame.h"

struct idle_hold {
	TAILQ_ENTRY(idle_hold) link; /* in entry.holds */
	struct entry *entry;
	struct reason reason;
};

/* What is known of one VM. */
struct entry {
	LIST_ENTRY(entry) link; /* in idle.entries */
	struct idle *idle;
	struct vm *vm; /* NULL: it is gone */
	bool agent;
	struct idle_policy policy;
	struct idle_verdict verdict;
	uint64_t cpu_ms; /* of the monitor, when it was measured first */
	TAILQ_HEAD(, idle_hold) holds;
	unsigned int holds_count;
	struct closer closer;
	uv_timer_t timer;
};

struct idle {
	struct vm_environment *environment;
	struct why *why;
	struct vm_watcher watcher;
	LIST_HEAD(, entry) entries;
};

static const char *name_of(const struct entry *entry)
{
	return vm_configuration(entry->vm)->name;
}

static uint64_t now_of(const struct entry *entry)
{
	return uv_now(entry->idle->environment->loop);
}

/* ---- one VM's entry ---- */

static void entry_free(void *data)
{
	free(data);
}

static void entry_destroy(struct entry *entry)
{
	struct idle_hold *hold;

	while ((hold = TAILQ_FIRST(&entry->holds))) {
		TAILQ_REMOVE(&entry->holds, hold, link);
		free(hold);
	}
	LIST_REMOVE(entry, link);
	closer_close(&entry->closer, (uv_handle_t *)&entry->timer);
	closer_finish(&entry->closer);
}

/* The VM is gone; its holds are their owners' until they release them. */
static void entry_leave(struct entry *entry)
{
	entry->vm = NULL;
	uv_timer_stop(&entry->timer);
	if (entry->holds_count == 0)
		entry_destroy(entry);
}

/* NULL without memory: the VM then runs on. */
static struct entry *entry_of(struct idle *idle, struct vm *vm)
{
	struct entry *entry;

	LIST_FOREACH(entry, &idle->entries, link)
	if (entry->vm == vm)
		return entry;
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return NULL;
	entry->idle = idle;
	entry->vm = vm;
	TAILQ_INIT(&entry->holds);
	closer_init(&entry->closer, entry_free, entry);
	uv_timer_init(idle->environment->loop, &entry->timer);
	entry->timer.data = entry;
	closer_add(&entry->closer);
	LIST_INSERT_HEAD(&idle->entries, entry, link);
	return entry;
}

/* ---- facts ---- */

static pid_t monitor_pid(const struct entry *entry)
{
	struct vm_status status;

	vm_status(entry->vm, &status);
	return status.monitor_pid;
}

/* Of one processor, since the measurement began. */
static unsigned int cpu_percent(const struct entry *entry)
{
	uint64_t now = now_of(entry), used;

	if (!entry->policy.measuring || now <= entry->policy.measured_from ||
		cpu_time_read(monitor_pid(entry), &used) < 0 || used < entry->cpu_ms)
		return 0;
	return (unsigned int)((used - entry->cpu_ms) * 100 / (now - entry->policy.measured_from));
}

static void facts_get(const struct entry *entry, struct idle_facts *ret)
{
	const struct idle_config *config = &vm_configuration(entry->vm)->idle;
	struct vm_status status;
	const struct idle_hold *hold;

	vm_status(entry->vm, &status);
	*ret = (struct idle_facts){
		.running = status.state == VM_STATE_RUNNING,
		.agent = entry->agent,
		.sessions = status.sessions,
	};
	TAILQ_FOREACH(hold, &entry->holds, link)
	ret->holds |= REASON_BIT(hold->reason.code);
	if (config->cpu_percent && now_of(entry) >= entry->verdict.stop_at)
		ret->cpu_percent = cpu_percent(entry);
}

/* ---- what is decided, done ---- */

static void guest_ask(struct entry *entry)
{
	Vmsilo__Control__Idle ask = VMSILO__CONTROL__IDLE__INIT;

	/* An agent that does not take it is not waited for: the broker decides. */
	if (vm_tell(entry->vm, FRAME_IDLE, &ask.base) < 0)
		log_info(name_of(entry), "its agent cannot be asked whether it is idle");
}

static void measure(struct entry *entry)
{
	if (cpu_time_read(monitor_pid(entry), &entry->cpu_ms) < 0)
		entry->cpu_ms = 0;
	guest_ask(entry);
}

static void stop(struct entry *entry)
{
	uint64_t idle_ms = now_of(entry) - entry->policy.since;
	struct reason reason;

	reason_make(&reason, REASON_IDLE, unix_now_ms(), "", "it was idle for %llu s",
		(unsigned long long)idle_ms / 1000);
	why_note(entry->idle->why, entry->vm, &reason);
	log_info(name_of(entry), "idle for %llu s: shuts down", (unsigned long long)idle_ms / 1000);
	vm_stop(entry->vm, false, 0);
}

static void on_timer(uv_timer_t *timer);

static void announce(struct entry *entry)
{
	if (entry->verdict.actions & IDLE_ANNOUNCE)
		log_guest_info(name_of(entry), "idle: shuts down in %llu s",
			(unsigned long long)(entry->verdict.stop_at - now_of(entry) + 999) / 1000);
	vm_watchers_change(&entry->idle->environment->watchers, entry->vm, VM_CHANGE_IDLE);
}

/* acts: a VM may be stopped here; else the timer will do it. */
static void entry_step(struct entry *entry, bool acts)
{
	struct idle_facts facts;
	uint64_t now = now_of(entry);

	facts_get(entry, &facts);
	idle_policy_step(
		&entry->policy, &vm_configuration(entry->vm)->idle, &facts, now, &entry->verdict);
	uv_timer_stop(&entry->timer);
	if (entry->verdict.wake_at)
		uv_timer_start(&entry->timer, on_timer, entry->verdict.wake_at - now, 0);
	if (entry->verdict.actions & IDLE_MEASURE)
		measure(entry);
	if (entry->verdict.actions & (IDLE_ANNOUNCE | IDLE_WITHDRAW))
		announce(entry);
	if (entry->verdict.actions & IDLE_STOP && acts)
		stop(entry);
}

static void on_timer(uv_timer_t *timer)
{
	entry_step(timer->data, true);
}

/* ---- what happens to VMs ---- */

static void on_change(void *data, struct vm *vm, enum vm_change change)
{
	struct entry *entry = change == VM_CHANGE_IDLE ? NULL : entry_of(data, vm);

	if (!entry)
		return;
	if (change == VM_CHANGE_REMOVED) {
		entry_leave(entry);
		return;
	}
	if (change == VM_CHANGE_AGENT || change == VM_CHANGE_AGENT_LOST)
		entry->agent = change == VM_CHANGE_AGENT;
	if (change == VM_CHANGE_GRANTED)
		idle_policy_touch(&entry->policy, now_of(entry));
	entry_step(entry, false);
}

static int on_message(
	void *data, struct vm *vm, uint16_t type, const ProtobufCMessage *untrusted_message)
{
	const Vmsilo__Control__Idle *untrusted_idle =
		(const Vmsilo__Control__Idle *)untrusted_message;
	struct entry *entry = entry_of(data, vm);

	(void)type;
	if (!entry || (untrusted_idle->inhibitors == 0 && untrusted_idle->programs == 0))
		return 0;
	idle_policy_guest_active(&entry->policy, now_of(entry),
		untrusted_idle->programs > 0 ? REASON_PROGRAMS : REASON_GUEST);
	entry_step(entry, false);
	return 0;
}

int idle_create(struct vm_environment *environment, struct why *why, struct idle **ret)
{
	struct idle *idle = calloc(1, sizeof(*idle));

	if (!idle)
		return UV_ENOMEM;
	idle->environment = environment;
	idle->why = why;
	LIST_INIT(&idle->entries);
	idle->watcher = (struct vm_watcher){
		.on_change = on_change,
		.on_message = on_message,
		.first_type = FRAME_IDLE,
		.last_type = FRAME_IDLE,
		.data = idle,
	};
	TAILQ_INSERT_TAIL(&environment->watchers, &idle->watcher, link);
	*ret = idle;
	return 0;
}

void idle_destroy(struct idle *idle)
{
	struct entry *entry;

	TAILQ_REMOVE(&idle->environment->watchers, &idle->watcher, link);
	while ((entry = LIST_FIRST(&idle->entries)))
		entry_destroy(entry);
	free(idle);
}

/* ---- holds ---- */

int idle_hold_add(
	struct idle *idle, struct vm *vm, const struct reason *reason, struct idle_hold **ret)
{
	struct entry *entry = entry_of(idle, vm);
	struct idle_hold *hold = entry ? calloc(1, sizeof(*hold)) : NULL;

	if (!hold)
		return UV_ENOMEM;
	if (entry->holds_count == IDLE_HOLDS_MAX) {
		free(hold);
		return UV_ENOBUFS;
	}
	hold->entry = entry;
	hold->reason = *reason;
	TAILQ_INSERT_TAIL(&entry->holds, hold, link);
	entry->holds_count++;
	entry_step(entry, false);
	*ret = hold;
	return 0;
}

uint32_t idle_items(struct idle *idle, const struct vm *vm)
{
	const struct entry *entry;
	const struct idle_hold *hold;
	uint32_t items = 0;

	LIST_FOREACH(entry, &idle->entries, link)
	{
		if (entry->vm != vm)
			continue;
		TAILQ_FOREACH(hold, &entry->holds, link)
		items += hold->reason.code == REASON_TRAY ? hold->reason.items : 0;
	}
	return items;
}

void idle_hold_release(struct idle_hold *hold)
{
	struct entry *entry = hold->entry;

	TAILQ_REMOVE(&entry->holds, hold, link);
	entry->holds_count--;
	free(hold);
	if (entry->vm)
		entry_step(entry, false);
	else if (entry->holds_count == 0)
		entry_destroy(entry);
}

void idle_keep(struct idle *idle, struct vm *vm, uint32_t for_ms)
{
	struct entry *entry = entry_of(idle, vm);

	if (!entry)
		return;
	idle_policy_keep(&entry->policy,
		now_of(entry) + (for_ms < IDLE_KEEP_MAX_MS ? for_ms : IDLE_KEEP_MAX_MS));
	entry_step(entry, false);
}

/* ---- what is told ---- */

static uint64_t unix_of(const struct entry *entry, uint64_t at)
{
	return unix_now_ms() + at - now_of(entry);
}

void idle_status(struct idle *idle, struct vm *vm, struct idle_status *ret)
{
	struct entry *entry = entry_of(idle, vm);

	*ret = (struct idle_status){.kind = IDLE_NEVER};
	if (!entry)
		return;
	entry_step(entry, false);
	ret->kind = entry->verdict.kind;
	ret->announced = entry->policy.announced;
	if (ret->kind != IDLE_COUNTING)
		return;
	ret->since_ms = unix_of(entry, entry->verdict.since);
	ret->stop_at_ms = unix_of(entry, entry->verdict.stop_at);
}

static void add_sessions(const struct entry *entry, struct reasons *ret)
{
	struct reason reason;
	struct vm_status status;

	vm_status(entry->vm, &status);
	reason_make(&reason, REASON_SESSIONS, 0, "",
		status.sessions == 1 ? "%u program runs in it" : "%u programs run in it",
		status.sessions);
	reasons_add(ret, &reason);
}

static const char *activity_text(enum reason_code activity)
{
	switch (activity) {
	case REASON_CPU:
		return "its processor was busy when it was looked at";
	case REASON_PROGRAMS:
		return "programs that sessions left behind ran in it when it was asked";
	default:
		return "the guest wanted to stay when it was asked";
	}
}

static void add_end(const struct entry *entry, struct reasons *ret)
{
	uint64_t now = now_of(entry), stop_at = entry->verdict.stop_at;
	struct reason reason;

	if (entry->policy.activity != REASON_NONE) {
		reason_make(&reason, entry->policy.activity, unix_of(entry, entry->verdict.since),
			"", "%s", activity_text(entry->policy.activity));
		reasons_add(ret, &reason);
	}
	reason_make(&reason, REASON_IDLE, unix_of(entry, stop_at), "",
		"nothing keeps it: it stops in %llu s",
		(unsigned long long)(stop_at > now ? stop_at - now + 999 : 0) / 1000);
	reasons_add(ret, &reason);
}

void idle_reasons(struct idle *idle, struct vm *vm, struct reasons *ret)
{
	struct entry *entry = entry_of(idle, vm);
	const struct idle_hold *hold;
	struct reason reason;

	if (!entry)
		return;
	entry_step(entry, false);
	if (entry->verdict.reasons & REASON_BIT(REASON_SESSIONS))
		add_sessions(entry, ret);
	TAILQ_FOREACH(hold, &entry->holds, link)
	if (entry->verdict.reasons & REASON_BIT(hold->reason.code))
		reasons_add(ret, &hold->reason);
	if (entry->verdict.reasons & REASON_BIT(REASON_NO_AGENT)) {
		reason_make(&reason, REASON_NO_AGENT, 0, "",
			"its agent is away: nobody knows what runs inside");
		reasons_add(ret, &reason);
	}
	if (entry->verdict.kind == IDLE_NEVER) {
		reason_make(&reason, REASON_NO_IDLE, 0, "",
			"it has no `idle:` in its configuration: it does not stop by itself");
		reasons_add(ret, &reason);
	}
	if (entry->verdict.kind == IDLE_COUNTING)
		add_end(entry, ret);
}
