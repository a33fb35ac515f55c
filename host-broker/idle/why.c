#include "host-broker/idle/why.h"

#include <stdlib.h>

#include "host-broker/system/now.h"

/* What is known of one VM: its slot. REASON_NONE: there is none. */
struct why_vm {
	struct reason note;
	struct reason end;
	struct reason reboot; /* that began its run */
	struct reason pause;
	bool reboots; /* the next start is one */
};

struct why {
	struct vm_watcher watcher;
};

static struct why_vm *why_vm_of(const struct why *why, const struct vm *vm)
{
	return vm_slot(vm, &why->watcher);
}

/* An end that nobody has explained: what it was follows from the state that it ended. */
static void end_make(struct reason *ret, const struct vm *vm, enum vm_state from)
{
	struct vm_status status;
	uint64_t now = unix_now_ms();

	vm_status(vm, &status);
	if (status.state == VM_STATE_FAILED)
		reason_make(ret, from == VM_STATE_STARTING ? REASON_START_FAILED : REASON_LOST, now,
			"", "%s", status.reason);
	else if (from == VM_STATE_STOPPING)
		reason_make(ret, REASON_STOPPING, now, "", "it was stopped");
	else
		reason_make(ret, REASON_POWERED_OFF, now, "", "the guest powered itself off");
}

static void start_note(struct why_vm *known)
{
	known->note = known->end = known->reboot = known->pause = (struct reason){0};
	if (known->reboots)
		reason_make(&known->reboot, REASON_REBOOTED, unix_now_ms(), "",
			"the guest rebooted, so it was started again");
	known->reboots = false;
}

static void on_state(void *data, struct vm *vm, enum vm_state from)
{
	struct why_vm *known = why_vm_of(data, vm);

	if (vm_state(vm) == VM_STATE_STARTING)
		start_note(known);
	if (from == VM_STATE_PAUSED)
		known->pause = (struct reason){0};
	if (!vm_is_off(vm))
		return;
	known->end = known->note;
	known->note = (struct reason){0};
	if (known->end.code == REASON_NONE)
		end_make(&known->end, vm, from);
}

static void on_change(void *data, struct vm *vm, enum vm_change change)
{
	if (change == VM_CHANGE_REBOOT)
		why_vm_of(data, vm)->reboots = true;
}

static void on_removed(void *data, struct vm *vm)
{
	*why_vm_of(data, vm) = (struct why_vm){0};
}

void why_note(struct why *why, struct vm *vm, const struct reason *reason)
{
	struct why_vm *known = why_vm_of(why, vm);

	if (known->note.code == REASON_NONE)
		known->note = *reason;
}

void why_note_pause(struct why *why, struct vm *vm, const struct reason *reason)
{
	why_vm_of(why, vm)->pause = *reason;
}

static void add_pause(const struct why_vm *known, struct reasons *ret)
{
	struct reason reason;

	if (known->pause.code != REASON_NONE) {
		reasons_add(ret, &known->pause);
		return;
	}
	reason_make(&reason, REASON_PAUSED, 0, "", "it was paused when this broker started");
	reasons_add(ret, &reason);
}

/* How its run came about, and what it is worth. */
static void add_run(const struct why_vm *known, const struct vm *vm, struct reasons *ret)
{
	struct vm_status status;
	struct reason reason;

	vm_status(vm, &status);
	if (known->reboot.code != REASON_NONE)
		reasons_add(ret, &known->reboot);
	if (!status.emulated)
		return;
	reason_make(&reason, REASON_EMULATED, 0, "",
		"its processor is emulated in software, which QEMU's developers do not consider a "
		"security boundary");
	reasons_add(ret, &reason);
}

static void add_stopping(const struct why_vm *known, struct reasons *ret)
{
	struct reason reason;

	reason_make(&reason, REASON_STOPPING, 0, "", "it is shutting down");
	reasons_add(ret, &reason);
	if (known->note.code != REASON_NONE)
		reasons_add(ret, &known->note);
}

static void add_end(const struct why_vm *known, const struct vm *vm, struct reasons *ret)
{
	struct reason reason;

	struct vm_status status;

	if (known->end.code != REASON_NONE) {
		reasons_add(ret, &known->end);
		vm_status(vm, &status);
		if (!status.retry_at_ms)
			return;
		reason_make(&reason, REASON_BACK_OFF, status.retry_at_ms, "",
			"it failed %u times in a row: requests start it again only after that time",
			status.failures);
		reasons_add(ret, &reason);
		return;
	}
	reason_make(&reason, REASON_NEVER_STARTED, 0, "",
		"nothing has asked for it since the broker started");
	reasons_add(ret, &reason);
}

void why_reasons(struct why *why, struct vm *vm, struct reasons *ret)
{
	const struct why_vm *known = why_vm_of(why, vm);
	struct reason reason;

	switch (vm_state(vm)) {
	case VM_STATE_STARTING:
		reason_make(&reason, REASON_STARTING, 0, "", "it is starting");
		reasons_add(ret, &reason);
		add_run(known, vm, ret);
		break;
	case VM_STATE_RUNNING:
		add_run(known, vm, ret);
		break;
	case VM_STATE_PAUSED:
		add_pause(known, ret);
		add_run(known, vm, ret);
		break;
	case VM_STATE_STOPPING:
		add_stopping(known, ret);
		break;
	case VM_STATE_STOPPED:
	case VM_STATE_FAILED:
		add_end(known, vm, ret);
		break;
	}
}

int why_create(struct vm_environment *environment, struct why **ret)
{
	struct why *why = calloc(1, sizeof(*why));

	if (!why)
		return UV_ENOMEM;
	why->watcher = (struct vm_watcher){
		.slot_size = sizeof(struct why_vm),
		.on_state = on_state,
		.on_change = on_change,
		.on_removed = on_removed,
		.data = why,
	};
	*ret = why;
	return vm_watchers_add(environment->watchers, &why->watcher);
}

void why_destroy(struct why *why)
{
	free(why);
}
