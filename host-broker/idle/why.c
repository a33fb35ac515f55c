#include "host-broker/idle/why.h"

#include <stdlib.h>

#include "host-broker/idle/idle.h"
#include "host-broker/system/unix-time.h"

struct entry {
	LIST_ENTRY(entry) link; /* in why.entries */
	struct vm *vm;
	enum vm_state state;
	struct reason note; /* REASON_NONE: there is none; likewise below */
	struct reason end;
	struct reason reboot; /* that began its run */
	bool reboots;         /* the next start is one */
};

struct why {
	struct vm_environment *environment;
	struct vm_watcher watcher;
	LIST_HEAD(, entry) entries;
};

static struct entry *entry_of(struct why *why, struct vm *vm)
{
	struct entry *entry;

	LIST_FOREACH(entry, &why->entries, link)
	if (entry->vm == vm)
		return entry;
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return NULL;
	entry->vm = vm;
	LIST_INSERT_HEAD(&why->entries, entry, link);
	return entry;
}

/* An end that nobody has explained: what it was follows from the state that it ended. */
static void end_tell(struct entry *entry, enum vm_state from)
{
	struct vm_status status;
	uint64_t now = unix_now_ms();

	vm_status(entry->vm, &status);
	if (status.state == VM_STATE_FAILED)
		reason_make(&entry->end,
			from == VM_STATE_STARTING ? REASON_START_FAILED : REASON_LOST, now, "",
			"%s", status.reason);
	else if (from == VM_STATE_STOPPING)
		reason_make(&entry->end, REASON_STOPPING, now, "", "it was stopped");
	else
		reason_make(
			&entry->end, REASON_POWERED_OFF, now, "", "the guest powered itself off");
}

static void on_change(void *data, struct vm *vm, enum vm_change change)
{
	bool matters = change == VM_CHANGE_STATE || change == VM_CHANGE_REBOOT ||
		       change == VM_CHANGE_REMOVED;
	struct entry *entry = matters ? entry_of(data, vm) : NULL;
	enum vm_state from;

	if (!entry)
		return;
	if (change == VM_CHANGE_REBOOT) {
		entry->reboots = true;
		return;
	}
	if (change == VM_CHANGE_REMOVED) {
		LIST_REMOVE(entry, link);
		free(entry);
		return;
	}
	from = entry->state;
	entry->state = vm_state(vm);
	if (entry->state == VM_STATE_STARTING) {
		entry->note = entry->end = entry->reboot = (struct reason){0};
		if (entry->reboots)
			reason_make(&entry->reboot, REASON_REBOOTED, unix_now_ms(), "",
				"the guest rebooted: it was started again");
		entry->reboots = false;
	} else if (entry->state == VM_STATE_STOPPED || entry->state == VM_STATE_FAILED) {
		entry->end = entry->note;
		if (entry->end.code == REASON_NONE)
			end_tell(entry, from);
		entry->note = (struct reason){0};
	}
}

void why_note(struct why *why, struct vm *vm, const struct reason *reason)
{
	struct entry *entry = entry_of(why, vm);

	if (entry && entry->note.code == REASON_NONE)
		entry->note = *reason;
}

/* How its run came about, and what it is worth. */
static void add_run(const struct entry *entry, struct reasons *ret)
{
	struct vm_status status;
	struct reason reason;

	vm_status(entry->vm, &status);
	if (entry->reboot.code != REASON_NONE)
		reasons_add(ret, &entry->reboot);
	if (!status.emulated)
		return;
	reason_make(&reason, REASON_EMULATED, 0, "",
		"its processor is emulated in software, which QEMU does not count as a security "
		"boundary");
	reasons_add(ret, &reason);
}

static void add_stopping(const struct entry *entry, struct reasons *ret)
{
	struct reason reason;

	reason_make(&reason, REASON_STOPPING, 0, "", "it shuts down");
	reasons_add(ret, &reason);
	if (entry->note.code != REASON_NONE)
		reasons_add(ret, &entry->note);
}

static void add_end(const struct entry *entry, struct reasons *ret)
{
	struct reason reason;

	struct vm_status status;

	if (entry->end.code != REASON_NONE) {
		reasons_add(ret, &entry->end);
		vm_status(entry->vm, &status);
		if (!status.retry_at_ms)
			return;
		reason_make(&reason, REASON_BACK_OFF, status.retry_at_ms, "",
			"it failed %u times in a row: requests do not start it before that time",
			status.failures);
		reasons_add(ret, &reason);
		return;
	}
	reason_make(&reason, REASON_NEVER_STARTED, 0, "",
		"nothing has asked for it since the broker came");
	reasons_add(ret, &reason);
}

void why_reasons(struct why *why, struct idle *idle, struct vm *vm, struct reasons *ret)
{
	struct entry *entry = entry_of(why, vm);
	struct reason reason;

	if (!entry)
		return;
	switch (vm_state(vm)) {
	case VM_STATE_STARTING:
		reason_make(&reason, REASON_STARTING, 0, "", "it starts");
		reasons_add(ret, &reason);
		add_run(entry, ret);
		break;
	case VM_STATE_RUNNING:
		idle_reasons(idle, vm, ret);
		add_run(entry, ret);
		break;
	case VM_STATE_STOPPING:
		add_stopping(entry, ret);
		break;
	case VM_STATE_STOPPED:
	case VM_STATE_FAILED:
		add_end(entry, ret);
		break;
	}
}

int why_create(struct vm_environment *environment, struct why **ret)
{
	struct why *why = calloc(1, sizeof(*why));

	if (!why)
		return UV_ENOMEM;
	why->environment = environment;
	LIST_INIT(&why->entries);
	why->watcher = (struct vm_watcher){.on_change = on_change, .data = why};
	TAILQ_INSERT_TAIL(&environment->watchers, &why->watcher, link);
	*ret = why;
	return 0;
}

void why_destroy(struct why *why)
{
	struct entry *entry;

	TAILQ_REMOVE(&why->environment->watchers, &why->watcher, link);
	while ((entry = LIST_FIRST(&why->entries))) {
		LIST_REMOVE(entry, link);
		free(entry);
	}
	free(why);
}
