#include "host-broker/usb/auto.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-broker/broker.h"
#include "host-broker/usb/assign.h"
#include "host-broker/usb/handover.h"
#include "host-broker/usb/uevent.h"
#include "proto/closer.h"
#include "proto/log.h"

#define COMEBACKS_MAX 32

/* A device that was lost, and may come back to its port. */
struct comeback {
	char path[USB_PATH_SIZE];
	struct vm *vm;
	uint64_t until_ms;
};

struct usb_auto {
	struct usb *usb;
	struct vm_watchers *watchers;
	struct vm_watcher watcher;
	struct uevent *uevent; /* NULL: the kernel tells us nothing */
	/* Bus and device number of those that are left alone; a new device has a new number. */
	uint32_t left[USB_LIST_MAX];
	size_t left_count;
	struct comeback comebacks[COMEBACKS_MAX];
	struct closer closer;
	uv_timer_t timer;
};

static uint32_t node_of(const struct usb_info *info)
{
	return info->bus << 16 | info->device;
}

/* ---- what is left alone ---- */

static bool is_left(const struct usb_auto *automatic, uint32_t node)
{
	for (size_t i = 0; i < automatic->left_count; i++)
		if (automatic->left[i] == node)
			return true;
	return false;
}

void usb_auto_leave(struct usb_auto *automatic, const struct usb_info *info)
{
	if (automatic->left_count < USB_LIST_MAX && !is_left(automatic, node_of(info)))
		automatic->left[automatic->left_count++] = node_of(info);
}

static void left_prune(struct usb_auto *automatic, const struct usb_list *list)
{
	for (size_t i = automatic->left_count; i > 0; i--) {
		bool there = false;
		for (size_t j = 0; j < list->count; j++)
			there = there || node_of(&list->devices[j]) == automatic->left[i - 1];
		if (!there)
			automatic->left[i - 1] = automatic->left[--automatic->left_count];
	}
}

/* ---- who gets a device ---- */

static bool is_ready(const struct vm *vm)
{
	return vm_state(vm) == VM_STATE_RUNNING;
}

static struct comeback *comeback_find(struct usb_auto *automatic, const char *path)
{
	uint64_t now = uv_now(usb_loop(automatic->usb));

	for (size_t i = 0; i < COMEBACKS_MAX; i++) {
		struct comeback *comeback = &automatic->comebacks[i];
		if (comeback->vm && comeback->until_ms >= now && strcmp(comeback->path, path) == 0)
			return comeback;
	}
	return NULL;
}

/* The first VM that runs and has such a rule for it. */
static struct vm *rule_vm(
	const struct usb_auto *automatic, const struct usb_info *info, enum usb_action action)
{
	const struct broker *broker = usb_broker(automatic->usb);

	for (size_t i = 0; i < broker_vms_count(broker); i++) {
		struct vm *vm = broker_vm_at(broker, i);
		const struct vm_config *config = vm_configuration(vm);
		if (is_ready(vm) && usb_rules_find(config->usb, config->usb_count, info) == action)
			return vm;
	}
	return NULL;
}

static void on_done(void *data, const struct error *error)
{
	(void)data;
	if (error->code < 0)
		log_warning(NULL, "usb: not attached by itself: %s", error->text);
}

static void lend(struct usb_auto *automatic, struct vm *vm, const struct usb_info *info)
{
	const struct handover_options options = {.usb = automatic->usb,
		.vm = vm,
		.path = info->path,
		.on_done = on_done,
		.data = automatic};
	struct handover *handover;
	struct error error = {0};
	int code = handover_start(&options, &handover, &error);

	/* udev may still be about to open the node to us; its own event comes then. */
	if (code < 0 && code != UV_EACCES)
		on_done(automatic, &error);
	if (code != UV_EACCES)
		usb_auto_leave(automatic, info);
}

/* The question is asked once for each time that it is plugged in; vmsilo-usb is the answer. */
static void ask(struct usb_auto *automatic, const struct usb_info *info)
{
	const struct vm *vm = rule_vm(automatic, info, USB_ASK);

	if (!vm)
		return;
	log_info(vm_configuration(vm)->name,
		"usb: %s (%04x:%04x %s) is plugged in; to attach it: vmsilo-usb attach %s %s",
		info->path, info->vendor, info->product, info->name, vm_configuration(vm)->name,
		info->path);
	usb_auto_leave(automatic, info);
}

static void device_consider(struct usb_auto *automatic, const struct usb_info *info)
{
	if (usb_find(automatic->usb, info->path) || is_left(automatic, node_of(info)))
		return;
	struct comeback *comeback = comeback_find(automatic, info->path);
	struct vm *vm = comeback && is_ready(comeback->vm) ? comeback->vm
							   : rule_vm(automatic, info, USB_AUTO);

	if (!vm) {
		ask(automatic, info);
		return;
	}
	if (comeback)
		comeback->vm = NULL;
	lend(automatic, vm, info);
}

static void consider(struct usb_auto *automatic)
{
	struct usb_list list;

	if (usb_devices(automatic->usb, &list) < 0)
		return;
	left_prune(automatic, &list);
	for (size_t i = 0; i < list.count; i++)
		device_consider(automatic, &list.devices[i]);
	usb_list_finish(&list);
}

/* ---- events ---- */

static void on_timer(uv_timer_t *timer)
{
	consider(timer->data);
}

static void consider_soon(struct usb_auto *automatic)
{
	uv_timer_start(&automatic->timer, on_timer, 0, 0);
}

static void on_uevent(void *data)
{
	consider(data);
}

static void on_change(void *data, struct vm *vm, enum vm_change change)
{
	struct usb_auto *automatic = data;

	if (change == VM_CHANGE_STATE && vm_state(vm) == VM_STATE_STARTING)
		automatic->left_count = 0;
	if (change == VM_CHANGE_AGENT)
		consider_soon(automatic);
}

static void on_gone(void *data, const struct usb_info *info, struct vm *vm, int code)
{
	struct usb_auto *automatic = data;
	struct comeback *oldest = &automatic->comebacks[0];

	if (code == UV_ENODEV) {
		for (size_t i = 1; i < COMEBACKS_MAX; i++)
			if (automatic->comebacks[i].until_ms < oldest->until_ms)
				oldest = &automatic->comebacks[i];
		*oldest = (struct comeback){
			.vm = vm, .until_ms = uv_now(usb_loop(automatic->usb)) + USB_COMEBACK_MS};
		snprintf(oldest->path, sizeof(oldest->path), "%s", info->path);
	}
	/* Its place may be taken already. */
	consider_soon(automatic);
}

/* ---- all of it ---- */

static void auto_free(void *data)
{
	free(data);
}

int usb_auto_create(struct usb *usb, struct vm_watchers *watchers, struct usb_auto **ret)
{
	struct usb_auto *automatic = calloc(1, sizeof(*automatic));

	if (!automatic)
		return UV_ENOMEM;
	automatic->usb = usb;
	automatic->watchers = watchers;
	closer_init(&automatic->closer, auto_free, automatic);
	uv_timer_init(usb_loop(usb), &automatic->timer);
	automatic->timer.data = automatic;
	closer_add(&automatic->closer);
	automatic->watcher = (struct vm_watcher){.on_change = on_change, .data = automatic};
	TAILQ_INSERT_TAIL(watchers, &automatic->watcher, link);
	usb_set_gone(usb, on_gone, automatic);
	int code = uevent_create(usb_loop(usb), on_uevent, automatic, &automatic->uevent);
	if (code < 0)
		log_warning(NULL, "usb: devices that are plugged in are not noticed: %s",
			uv_strerror(code));
	*ret = automatic;
	return 0;
}

void usb_auto_destroy(struct usb_auto *automatic)
{
	TAILQ_REMOVE(automatic->watchers, &automatic->watcher, link);
	usb_set_gone(automatic->usb, NULL, NULL);
	if (automatic->uevent)
		uevent_destroy(automatic->uevent);
	closer_close(&automatic->closer, (uv_handle_t *)&automatic->timer);
	closer_finish(&automatic->closer);
}
