#include "host-broker/usb/usb.h"

#include <stdlib.h>
#include <string.h>

#include "host-broker/idle/idle.h"
#include "host-broker/system/now.h"
#include "host-broker/usb/change.h"
#include "host-broker/usb/record.h"
#include "host-broker/vm/table.h"
#include "host-broker/vm/vm.h"
#include "proto/base/log.h"
#include "proto/control.pb-c.h"
#include "proto/wire/frame.h"

struct lent {
	struct usb *usb;
	struct attachment *attachment;
	struct usb_listener listener;
	bool attached;
	struct idle_hold *hold; /* while it is attached; NULL also without memory */
};

struct usb {
	struct usb_options options;
	struct vm_watcher watcher;
	struct usb_watchers watchers; /* of devices */
	struct lent *lent[USB_LENT_MAX];
	size_t count;
	uint32_t last_id;
};

static void record_save(const struct usb *usb)
{
	struct usb_record records[USB_LENT_MAX];
	size_t count = 0;

	for (size_t i = 0; i < usb->count; i++) {
		const struct attachment *attachment = usb->lent[i]->attachment;
		if (attachment_phase(attachment) != ATTACHMENT_ATTACHED)
			continue;
		records[count++] = (struct usb_record){
			.info = attachment_info(attachment),
			.vm = vm_configuration(attachment_vm(attachment))->name,
			.id = attachment_id(attachment),
			.server = attachment_process(attachment),
		};
	}
	int code = usb_record_write(usb->options.paths, records, count);
	if (code < 0)
		log_warning(NULL, "cannot record which USB devices are attached: %s",
			uv_strerror(code));
}

/* ---- one attachment's fate ---- */

static void hold_add(struct lent *lent)
{
	const struct usb_info *info = attachment_info(lent->attachment);
	struct reason reason;

	reason_make(&reason, REASON_USB, unix_now_ms(), info->path,
		"the USB device %s (%04x:%04x) is attached", info->path, info->vendor,
		info->product);
	if (idle_hold_add(lent->usb->options.idle, attachment_vm(lent->attachment), &reason,
		    &lent->hold) < 0)
		lent->hold = NULL;
}

static void on_attached(void *data, struct attachment *attachment)
{
	struct lent *lent = data;
	const struct usb_change change = {
		.kind = USB_CHANGE_ATTACHED, .info = attachment_info(attachment), .text = ""};

	lent->attached = true;
	hold_add(lent);
	record_save(lent->usb);
	if (lent->listener.on_attached)
		lent->listener.on_attached(lent->listener.data);
	usb_watchers_tell(&lent->usb->watchers, attachment_vm(attachment), &change);
}

static void lent_remove(struct lent *lent)
{
	struct usb *usb = lent->usb;

	for (size_t i = 0; i < usb->count; i++)
		if (usb->lent[i] == lent) {
			memmove(&usb->lent[i], &usb->lent[i + 1],
				(usb->count - i - 1) * sizeof(usb->lent[0]));
			usb->count--;
			break;
		}
	if (lent->hold)
		idle_hold_release(lent->hold);
	free(lent);
}

static void on_gone(void *data, struct attachment *attachment, const struct error *gone_error)
{
	struct lent *lent = data;
	struct usb *usb = lent->usb;
	struct usb_listener listener = lent->listener;
	struct usb_info info = *attachment_info(attachment);
	struct vm *vm = attachment_vm(attachment);
	struct error error = *gone_error;
	const struct usb_change change = {
		.kind = lent->attached ? USB_CHANGE_DETACHED : USB_CHANGE_FAILED,
		.info = &info,
		.code = error.code,
		.text = error.text,
	};

	log_info(vm_configuration(vm)->name, "usb: %s is no longer attached%s%s", info.path,
		error.text[0] ? ": " : "", error.text);
	lent_remove(lent);
	attachment_destroy(attachment);
	record_save(usb);
	if (listener.on_gone)
		listener.on_gone(listener.data, &error);
	usb_watchers_tell(&usb->watchers, vm, &change);
}

static const struct attachment_callbacks callbacks = {
	.on_attached = on_attached,
	.on_gone = on_gone,
};

static struct lent *lent_add(struct usb *usb, const struct usb_listener *listener)
{
	struct lent *lent = usb->count < USB_LENT_MAX ? calloc(1, sizeof(*lent)) : NULL;

	if (!lent)
		return NULL;
	lent->usb = usb;
	if (listener)
		lent->listener = *listener;
	usb->lent[usb->count++] = lent;
	return lent;
}

static struct attachment_options attachment_options_of(
	struct usb *usb, struct lent *lent, struct vm *vm, const struct usb_info *info)
{
	return (struct attachment_options){
		.loop = usb->options.loop,
		.server = usb->options.server,
		.vm = vm,
		.info = info,
		.id = usb->last_id,
		.callbacks = &callbacks,
		.data = lent,
	};
}

int usb_lend(struct usb *usb, struct vm *vm, const struct usb_info *info,
	const struct usb_listener *listener, struct error *error)
{
	struct lent *lent = lent_add(usb, listener);

	if (!lent)
		return error_set(error, UV_ENOBUFS,
			"vm \"%s\": %d USB devices are attached already",
			vm_configuration(vm)->name, USB_LENT_MAX);
	usb->last_id++;
	const struct attachment_options options = attachment_options_of(usb, lent, vm, info);
	int code = attachment_create(&options, &lent->attachment, error);
	if (code < 0)
		lent_remove(lent);
	return code;
}

static struct lent *lent_of(const struct usb *usb, const struct attachment *attachment)
{
	for (size_t i = 0; i < usb->count; i++)
		if (usb->lent[i]->attachment == attachment)
			return usb->lent[i];
	return NULL;
}

void usb_take_back(
	struct usb *usb, struct attachment *attachment, const struct usb_listener *listener)
{
	struct lent *lent = lent_of(usb, attachment);

	lent->listener = listener ? *listener : (struct usb_listener){0};
	attachment_detach(attachment);
}

void usb_forget(struct usb *usb, const void *listener_data)
{
	for (size_t i = 0; i < usb->count; i++)
		if (usb->lent[i]->listener.data == listener_data)
			usb->lent[i]->listener = (struct usb_listener){0};
}

/* ---- what VMs and agents say ---- */

/* An agent speaks of its own VM's devices alone. */
static struct attachment *find_id(const struct usb *usb, const struct vm *vm, uint32_t untrusted_id)
{
	for (size_t i = 0; i < usb->count; i++) {
		struct attachment *attachment = usb->lent[i]->attachment;
		if (attachment_vm(attachment) == vm && attachment_id(attachment) == untrusted_id)
			return attachment;
	}
	return NULL;
}

static int on_message(
	void *data, struct vm *vm, uint16_t type, const ProtobufCMessage *untrusted_message)
{
	struct usb *usb = data;
	struct attachment *attachment;

	if (type == FRAME_USB_ATTACHED) {
		const Vmsilo__Control__UsbAttached *attached =
			(const Vmsilo__Control__UsbAttached *)untrusted_message;
		attachment = find_id(usb, vm, attached->id);
		if (attachment)
			attachment_on_attached(attachment, attached->port, attached->error);
		return 0;
	}
	if (type != FRAME_USB_DETACHED)
		return UV_EPROTO;
	attachment =
		find_id(usb, vm, ((const Vmsilo__Control__UsbDetached *)untrusted_message)->id);
	if (attachment)
		attachment_on_detached(attachment);
	return 0;
}

/* A guest that is gone holds nothing; its stream may not tell. */
static void on_state(void *data, struct vm *vm, enum vm_state from)
{
	struct usb *usb = data;

	(void)from;
	if (!vm_is_off(vm))
		return;
	for (size_t i = 0; i < usb->count; i++)
		if (attachment_vm(usb->lent[i]->attachment) == vm)
			attachment_detach(usb->lent[i]->attachment);
}

/* ---- those that an earlier broker lent ---- */

static void lent_adopt(void *data, const struct usb_record *record)
{
	struct usb *usb = data;
	struct vm *vm = vm_table_find(usb->options.vms, record->vm);
	struct lent *lent = vm ? lent_add(usb, NULL) : NULL;

	if (!lent)
		return;
	struct attachment_options options = attachment_options_of(usb, lent, vm, record->info);
	options.id = record->id;
	if (attachment_adopt(&options, record->server, &lent->attachment) < 0) {
		lent_remove(lent);
		return;
	}
	lent->attached = true;
	hold_add(lent);
	if (record->id > usb->last_id)
		usb->last_id = record->id;
	log_info(record->vm, "usb: %s was attached by an earlier broker, and still is",
		record->info->path);
}

void usb_adopt(struct usb *usb)
{
	usb_record_read(usb->options.paths, lent_adopt, usb);
}

/* ---- all of it ---- */

int usb_create(const struct usb_options *options, struct usb **ret)
{
	struct usb *usb = calloc(1, sizeof(*usb));

	if (!usb)
		return UV_ENOMEM;
	usb->options = *options;
	usb->watcher = (struct vm_watcher){
		.on_state = on_state,
		.on_message = on_message,
		.first_type = FRAME_USB_ATTACH,
		.last_type = FRAME_USB_DETACHED,
		.data = usb,
	};
	TAILQ_INIT(&usb->watchers);
	*ret = usb;
	return vm_watchers_add(options->vm_watchers, &usb->watcher);
}

void usb_watch(struct usb *usb, struct usb_watcher *watcher)
{
	TAILQ_INSERT_TAIL(&usb->watchers, watcher, link);
}

const struct usb_watchers *usb_watchers(const struct usb *usb)
{
	return &usb->watchers;
}

void usb_destroy(struct usb *usb)
{
	for (size_t i = 0; i < usb->count; i++) {
		attachment_destroy(usb->lent[i]->attachment);
		if (usb->lent[i]->hold)
			idle_hold_release(usb->lent[i]->hold);
		if (usb->lent[i]->listener.on_dropped)
			usb->lent[i]->listener.on_dropped(usb->lent[i]->listener.data);
		free(usb->lent[i]);
	}
	free(usb);
}

const struct vm_table *usb_vms(const struct usb *usb)
{
	return usb->options.vms;
}

uv_loop_t *usb_loop(const struct usb *usb)
{
	return usb->options.loop;
}

int usb_devices(const struct usb *usb, struct usb_list *ret)
{
	return usb_list_read(usb->options.sys, "/proc", ret);
}

struct attachment *usb_find(const struct usb *usb, const char *path)
{
	for (size_t i = 0; i < usb->count; i++)
		if (strcmp(attachment_info(usb->lent[i]->attachment)->path, path) == 0)
			return usb->lent[i]->attachment;
	return NULL;
}

struct attachment *usb_at(const struct usb *usb, size_t index)
{
	return usb->lent[index]->attachment;
}

size_t usb_count(const struct usb *usb)
{
	return usb->count;
}

size_t usb_count_of(const struct usb *usb, const struct vm *vm)
{
	size_t count = 0;

	for (size_t i = 0; i < usb->count; i++)
		count += attachment_vm(usb->lent[i]->attachment) == vm;
	return count;
}
