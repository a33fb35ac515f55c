#include "host-broker/usb/auto.h"

#include <stdlib.h>
#include <string.h>

#include "host-broker/usb/assign.h"
#include "host-broker/usb/change.h"
#include "host-broker/usb/handover.h"
#include "host-broker/usb/left-alone.h"
#include "host-broker/usb/uevent.h"
#include "host-broker/vm/table.h"
#include "proto/base/log.h"
#include "proto/io/closer.h"

#define COMEBACKS_MAX 32

/* A device that was lost, and may come back to its port. */
struct comeback {
	struct usb_info info;
	struct vm *vm; /* NULL: this place is free */
	uint64_t until_ms;
};

struct usb_auto {
	struct usb *usb;
	struct vm_watcher watcher;
	struct usb_watcher usb_watcher;
	struct uevent *uevent; /* NULL: the kernel tells us nothing */
	struct left_alone left;
	struct usb_list known; /* that were there when we last looked */
	struct usb_questions questions;
	struct comeback comebacks[COMEBACKS_MAX];
	struct closer closer;
	uv_timer_t timer;
};

/* A paused one is there as well. */
static bool is_ready(const struct vm *vm)
{
	return vm_state(vm) == VM_STATE_RUNNING || vm_state(vm) == VM_STATE_PAUSED;
}

/* The same number is the lost one itself, which the kernel has not forgotten yet. */
static struct comeback *comeback_find(struct usb_auto *automatic, const struct usb_info *info)
{
	uint64_t now = uv_now(usb_loop(automatic->usb));

	for (size_t i = 0; i < COMEBACKS_MAX; i++) {
		struct comeback *comeback = &automatic->comebacks[i];
		if (comeback->vm && comeback->until_ms >= now && is_ready(comeback->vm) &&
			strcmp(comeback->info.path, info->path) == 0 &&
			!usb_info_same_device(&comeback->info, info))
			return comeback;
	}
	return NULL;
}

static enum usb_action rule_of(const struct vm *vm, const struct usb_info *info)
{
	const struct vm_config *config = vm_configuration(vm);

	return usb_rules_find(config->usb.items, config->usb.count, info);
}

/* The first VM that runs, has a rule to get it, and is not one that it is kept from. */
static struct vm *auto_vm(const struct usb_auto *automatic, const struct usb_info *info)
{
	const struct vm_table *vms = usb_vms(automatic->usb);

	for (size_t i = 0; i < vm_table_count(vms); i++) {
		struct vm *vm = vm_table_at(vms, i);
		if (is_ready(vm) && rule_of(vm, info) == USB_AUTO &&
			!left_alone_has(&automatic->left, info, vm))
			return vm;
	}
	return NULL;
}

/* VMs that do not run forget what they are kept from when they start. */
void usb_auto_leave(struct usb_auto *automatic, const struct usb_info *info)
{
	const struct vm_table *vms = usb_vms(automatic->usb);

	for (size_t i = 0; i < vm_table_count(vms); i++)
		if (is_ready(vm_table_at(vms, i)))
			left_alone_add(&automatic->left, info, vm_table_at(vms, i));
}

static void on_done(void *data, const struct error *error)
{
	(void)data;
	if (error->code < 0)
		log_warning(NULL, "usb: cannot attach it automatically: %s", error->text);
}

/* False: not yet. */
static bool device_lend(struct usb_auto *automatic, struct vm *vm, const struct usb_info *info)
{
	const struct handover_options options = {.usb = automatic->usb,
		.vm = vm,
		.path = info->path,
		.on_done = on_done,
		.data = automatic};
	struct handover *handover;
	struct error error = {0};

	/* It runs on for the device, which is considered again then. */
	if (vm_state(vm) == VM_STATE_PAUSED) {
		vm_start(vm);
		return false;
	}
	int code = handover_start(&options, &handover, &error);

	/* udev may still be about to open the node to us; its own event comes then. */
	if (code == UV_EACCES)
		return false;
	if (code < 0)
		on_done(automatic, &error);
	usb_auto_leave(automatic, info);
	return true;
}

/* Of VMs that run, once for each time that one starts; of others when it is plugged in. */
static void device_ask(struct usb_auto *automatic, const struct usb_info *info, bool plugged_in)
{
	const struct vm_table *vms = usb_vms(automatic->usb);
	char text[USB_TEXT_SIZE + 32];

	if (usb_protection(info, text, sizeof(text)))
		return;
	for (size_t i = 0; i < vm_table_count(vms); i++) {
		struct vm *vm = vm_table_at(vms, i);
		if (rule_of(vm, info) != USB_ASK || left_alone_has(&automatic->left, info, vm))
			continue;
		if (!is_ready(vm) && !plugged_in)
			continue;
		if (is_ready(vm))
			left_alone_add(&automatic->left, info, vm);
		usb_questions_open(&automatic->questions, vm, info);
	}
}

static void device_consider(
	struct usb_auto *automatic, const struct usb_info *info, bool plugged_in)
{
	struct comeback *comeback = comeback_find(automatic, info);
	struct vm *vm = comeback ? comeback->vm : auto_vm(automatic, info);

	if (usb_find(automatic->usb, info->path))
		return;
	if (!vm)
		device_ask(automatic, info, plugged_in);
	else if (device_lend(automatic, vm, info) && comeback)
		comeback->vm = NULL;
}

static const struct usb_info *same_device(const struct usb_list *list, const struct usb_info *info)
{
	const struct usb_info *found = usb_list_find(list, info->path);

	return found && usb_info_same_device(found, info) ? found : NULL;
}

static bool still_open(const void *data, const struct usb_question *question)
{
	const struct usb_auto *automatic = data;

	return same_device(&automatic->known, &question->info) &&
	       !usb_find(automatic->usb, question->info.path) &&
	       rule_of(question->vm, &question->info) == USB_ASK;
}

static void devices_consider(struct usb_auto *automatic)
{
	struct usb_list before = automatic->known;

	if (usb_devices(automatic->usb, &automatic->known) < 0) {
		automatic->known = before;
		return;
	}
	left_alone_prune(&automatic->left, &automatic->known);
	for (size_t i = 0; i < automatic->known.count; i++) {
		const struct usb_info *info = &automatic->known.devices[i];
		device_consider(automatic, info, !same_device(&before, info));
	}
	usb_questions_prune(&automatic->questions, still_open, automatic);
	usb_list_finish(&before);
}

/* ---- events ---- */

static void on_timer(uv_timer_t *timer)
{
	devices_consider(timer->data);
}

static void devices_consider_soon(struct usb_auto *automatic)
{
	uv_timer_start(&automatic->timer, on_timer, 0, 0);
}

static void on_uevent(void *data)
{
	devices_consider(data);
}

static void on_removed(void *data, struct vm *vm)
{
	struct usb_auto *automatic = data;

	left_alone_forget(&automatic->left, vm);
	usb_questions_end(&automatic->questions, vm);
	for (size_t i = 0; i < COMEBACKS_MAX; i++)
		if (automatic->comebacks[i].vm == vm)
			automatic->comebacks[i].vm = NULL;
}

/* A new life: what it is kept from, and was not answered, comes up again. */
static void on_state(void *data, struct vm *vm, enum vm_state from)
{
	struct usb_auto *automatic = data;

	if (from == VM_STATE_PAUSED)
		devices_consider_soon(automatic);
	if (vm_state(vm) != VM_STATE_STARTING)
		return;
	left_alone_forget(&automatic->left, vm);
	usb_questions_end(&automatic->questions, vm);
}

static void on_change(void *data, struct vm *vm, enum vm_change change)
{
	struct usb_auto *automatic = data;

	(void)vm;
	if (change == VM_CHANGE_AGENT)
		devices_consider_soon(automatic);
	if (change == VM_CHANGE_CONFIG)
		usb_questions_prune(&automatic->questions, still_open, automatic);
}

static void comeback_expect(struct usb_auto *automatic, const struct usb_info *info, struct vm *vm)
{
	struct comeback *oldest = &automatic->comebacks[0];

	for (size_t i = 1; i < COMEBACKS_MAX; i++)
		if (automatic->comebacks[i].until_ms < oldest->until_ms)
			oldest = &automatic->comebacks[i];
	*oldest = (struct comeback){
		.info = *info,
		.vm = vm,
		.until_ms = uv_now(usb_loop(automatic->usb)) + USB_COMEBACK_MS,
	};
}

static void on_usb(void *data, struct vm *vm, const struct usb_change *change)
{
	struct usb_auto *automatic = data;

	if (change->kind == USB_CHANGE_ASK || change->kind == USB_CHANGE_ASK_END)
		return;
	if (change->code == UV_ENODEV)
		comeback_expect(automatic, change->info, vm);
	/* Its place may be taken already, and a question about it is answered. */
	devices_consider_soon(automatic);
}

/* ---- all of it ---- */

static void auto_free(void *data)
{
	free(data);
}

int usb_auto_create(struct usb *usb, struct vm_watchers *vm_watchers, struct usb_auto **ret)
{
	struct usb_auto *automatic = calloc(1, sizeof(*automatic));

	if (!automatic)
		return UV_ENOMEM;
	automatic->usb = usb;
	closer_init(&automatic->closer, auto_free, automatic);
	uv_timer_init(usb_loop(usb), &automatic->timer);
	automatic->timer.data = automatic;
	closer_add(&automatic->closer);
	automatic->watcher = (struct vm_watcher){.on_state = on_state,
		.on_change = on_change,
		.on_removed = on_removed,
		.data = automatic};
	automatic->usb_watcher = (struct usb_watcher){.on_usb = on_usb, .data = automatic};
	usb_watch(usb, &automatic->usb_watcher);
	usb_questions_init(&automatic->questions, usb_watchers(usb));
	/* What is there already was not plugged in just now. */
	(void)usb_devices(usb, &automatic->known);
	int code = uevent_create(usb_loop(usb), on_uevent, automatic, &automatic->uevent);
	if (code < 0)
		log_warning(NULL, "usb: cannot watch for new devices: %s", uv_strerror(code));
	*ret = automatic;
	return vm_watchers_add(vm_watchers, &automatic->watcher);
}

void usb_auto_destroy(struct usb_auto *automatic)
{
	usb_questions_finish(&automatic->questions);
	usb_list_finish(&automatic->known);
	if (automatic->uevent)
		uevent_destroy(automatic->uevent);
	closer_close(&automatic->closer, (uv_handle_t *)&automatic->timer);
	closer_finish(&automatic->closer);
}

size_t usb_auto_questions_count(const struct usb_auto *automatic)
{
	return automatic->questions.count;
}

const struct usb_question *usb_auto_question_at(const struct usb_auto *automatic, size_t index)
{
	return automatic->questions.list[index];
}
