#include "host-broker/network/netvms.h"

#include <stdlib.h>
#include <string.h>

#include "host-broker/network/netvm-plan.h"
#include "host-broker/system/now.h"
#include "host-broker/vm/table.h"
#include "host-broker/vm/vm.h"
#include "proto/base/cleanup.h"
#include "proto/base/log.h"
#include "proto/io/closer.h"

/* What is known of one VM: its slot. */
struct member {
	size_t place;           /* in the table, while it is looked at */
	struct idle_hold *hold; /* on its netvm; NULL: none */
	const struct vm *held;  /* that one */
	/* As a netvm: */
	bool stopped;          /* by somebody, though it had clients */
	unsigned int failures; /* starts in a row */
	uint64_t due_ms;       /* of uv_now(): not started again before */
};

struct netvms {
	struct netvms_options options;
	struct vm_watcher watcher;
	struct closer closer;
	uv_timer_t timer; /* to the next look */
};

static struct member *member_of(const struct netvms *netvms, const struct vm *vm)
{
	return vm_slot(vm, &netvms->watcher);
}

struct vm *netvms_of(const struct vm_table *vms, const struct vm *vm)
{
	const char *name = network_config_netvm(&vm_configuration(vm)->network);
	struct vm *netvm = name[0] ? vm_table_find(vms, name) : NULL;

	return netvm && netvm != vm ? netvm : NULL;
}

const struct vm *netvms_client(const struct vm_table *vms, const struct vm *netvm, size_t *at)
{
	while (*at < vm_table_count(vms)) {
		const struct vm *vm = vm_table_at(vms, (*at)++);
		if (!vm_is_off(vm) && netvms_of(vms, vm) == netvm)
			return vm;
	}
	return NULL;
}

/* ---- holds ---- */

static void hold_release(struct member *member)
{
	if (member->hold)
		idle_hold_release(member->hold);
	member->hold = NULL;
	member->held = NULL;
}

/* One that is on its way back from a pause needs it as well. */
static bool is_awake(const struct vm *vm)
{
	return !vm_is_off(vm) && (vm_state(vm) != VM_STATE_PAUSED || vm_is_moving(vm));
}

static void hold_renew(struct netvms *netvms, struct vm *vm)
{
	struct member *member = member_of(netvms, vm);
	struct vm *netvm = is_awake(vm) ? netvms_of(netvms->options.vms, vm) : NULL;
	const char *name = vm_configuration(vm)->name;
	struct reason reason;

	if (member->held == netvm)
		return;
	hold_release(member);
	if (!netvm)
		return;
	reason_make(&reason, REASON_NETWORK_CLIENT, 0, name,
		"VM \"%s\" runs, which goes through it", name);
	if (idle_hold_add(netvms->options.idle, netvm, &reason, &member->hold) < 0)
		log_warning(name, "its netvm could not be marked as in use");
	else
		member->held = netvm;
}

/* ---- who must run ---- */

/* In ms, until it may be started; 0: at once. */
static uint64_t wait_of(const struct netvms *netvms, const struct vm *vm)
{
	uint64_t now_ms = uv_now(netvms->options.environment->loop), unix_ms = unix_now_ms();
	uint64_t due_ms = member_of(netvms, vm)->due_ms, wait_ms = 0;
	struct vm_status status;

	vm_status(vm, &status);
	if (status.retry_at_ms > unix_ms)
		wait_ms = status.retry_at_ms - unix_ms;
	if (due_ms > now_ms && due_ms - now_ms > wait_ms)
		wait_ms = due_ms - now_ms;
	return wait_ms;
}

static void view_make(const struct netvms *netvms, const struct vm *vm, struct netvm_view *ret)
{
	const struct vm *netvm = netvms_of(netvms->options.vms, vm);

	*ret = (struct netvm_view){
		.netvm = netvm ? member_of(netvms, netvm)->place : NETVM_NONE,
		.uses = is_awake(vm) && vm_state(vm) != VM_STATE_STOPPING && !vm_is_pausing(vm),
		.rests = !is_awake(vm),
		.may_start = !member_of(netvms, vm)->stopped && wait_of(netvms, vm) == 0,
	};
}

static void on_timer(uv_timer_t *timer);

/* For those that have to wait until they may be started. */
static void timer_set(struct netvms *netvms)
{
	const struct vm_table *vms = netvms->options.vms;
	uint64_t least_ms = 0;

	for (size_t i = 0; i < vm_table_count(vms); i++) {
		const struct vm *vm = vm_table_at(vms, i);
		size_t at = 0;
		uint64_t wait_ms = vm_is_off(vm) ? wait_of(netvms, vm) : 0;
		if (wait_ms > 0 && netvms_client(vms, vm, &at) &&
			(least_ms == 0 || wait_ms < least_ms))
			least_ms = wait_ms;
	}
	if (least_ms > 0)
		uv_timer_start(&netvms->timer, on_timer, least_ms, 0);
}

static void look(struct netvms *netvms, struct netvm_view *views, size_t *places)
{
	const struct vm_table *vms = netvms->options.vms;
	size_t count = vm_table_count(vms);

	for (size_t i = 0; i < count; i++)
		member_of(netvms, vm_table_at(vms, i))->place = i;
	for (size_t i = 0; i < count; i++)
		view_make(netvms, vm_table_at(vms, i), &views[i]);
	size_t planned = netvm_plan(views, count, places);
	for (size_t i = 0; i < planned; i++)
		vm_start(vm_table_at(vms, places[i]));
	for (size_t i = 0; i < count; i++)
		hold_renew(netvms, vm_table_at(vms, i));
}

static void on_timer(uv_timer_t *timer)
{
	struct netvms *netvms = timer->data;
	size_t count = vm_table_count(netvms->options.vms);
	_cleanup_free_ struct netvm_view *views = calloc(count + 1, sizeof(*views));
	_cleanup_free_ size_t *places = calloc(count + 1, sizeof(*places));

	if (views && places)
		look(netvms, views, places);
	timer_set(netvms);
}

/* Once all have heard of what there is to hear. */
static void look_soon(struct netvms *netvms)
{
	uv_timer_start(&netvms->timer, on_timer, 0, 0);
}

/* ---- what happens to VMs ---- */

/* A client starts: whatever was the matter with those that it goes through is to be seen anew. */
static void way_clear(struct netvms *netvms, const struct vm *vm)
{
	size_t steps = vm_table_count(netvms->options.vms);

	while (steps-- > 0 && (vm = netvms_of(netvms->options.vms, vm))) {
		struct member *member = member_of(netvms, vm);
		member->stopped = false;
		member->due_ms = 0;
	}
}

static void failure_count(struct netvms *netvms, struct member *member)
{
	unsigned int doublings =
		member->failures < NETVM_RETRY_DOUBLINGS ? member->failures : NETVM_RETRY_DOUBLINGS;

	member->failures++;
	member->due_ms = uv_now(netvms->options.environment->loop) +
			 ((uint64_t)NETVM_RETRY_FIRST_MS << doublings);
}

/* Of those that are paused none needs it, until it runs on. */
static bool is_needed(const struct netvms *netvms, const struct vm *netvm)
{
	const struct vm *client;
	size_t at = 0;

	while ((client = netvms_client(netvms->options.vms, netvm, &at)))
		if (is_awake(client))
			return true;
	return false;
}

static void on_state(void *data, struct vm *vm, enum vm_state from)
{
	struct netvms *netvms = data;
	struct member *member = member_of(netvms, vm);

	switch (vm_state(vm)) {
	case VM_STATE_STARTING:
		member->stopped = false;
		way_clear(netvms, vm);
		break;
	case VM_STATE_RUNNING:
		member->failures = 0;
		break;
	case VM_STATE_STOPPED:
		member->stopped = is_needed(netvms, vm);
		break;
	case VM_STATE_FAILED:
		if (from == VM_STATE_STARTING)
			failure_count(netvms, member);
		break;
	default:
		break;
	}
	look_soon(netvms);
}

static void on_change(void *data, struct vm *vm, enum vm_change change)
{
	(void)vm;
	if (change == VM_CHANGE_CONFIG || change == VM_CHANGE_PAUSING ||
		change == VM_CHANGE_RESUMED)
		look_soon(data);
}

/* As a client, and as a netvm. */
static void forget(struct netvms *netvms, const struct vm *vm)
{
	for (size_t i = 0; i < vm_table_count(netvms->options.vms); i++) {
		struct member *member = member_of(netvms, vm_table_at(netvms->options.vms, i));
		if (member->held == vm)
			hold_release(member);
	}
	hold_release(member_of(netvms, vm));
}

static void on_removed(void *data, struct vm *vm)
{
	forget(data, vm);
	memset(member_of(data, vm), 0, sizeof(struct member));
}

static void on_end(void *data, struct vm *vm)
{
	hold_release(member_of(data, vm));
}

/* ---- its life ---- */

int netvms_create(const struct netvms_options *options, struct netvms **ret)
{
	struct netvms *netvms = calloc(1, sizeof(*netvms));

	if (!netvms)
		return UV_ENOMEM;
	netvms->options = *options;
	netvms->watcher = (struct vm_watcher){
		.slot_size = sizeof(struct member),
		.on_end = on_end,
		.on_state = on_state,
		.on_change = on_change,
		.on_removed = on_removed,
		.data = netvms,
	};
	closer_init(&netvms->closer, free, netvms);
	uv_timer_init(options->environment->loop, &netvms->timer);
	netvms->timer.data = netvms;
	closer_add(&netvms->closer);
	*ret = netvms;
	return vm_watchers_add(options->environment->watchers, &netvms->watcher);
}

void netvms_destroy(struct netvms *netvms)
{
	closer_close(&netvms->closer, (uv_handle_t *)&netvms->timer);
	closer_finish(&netvms->closer);
}
