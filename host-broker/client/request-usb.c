/* Requests about USB devices. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-broker/client/client.h"
#include "host-broker/client/request.h"
#include "host-broker/config/usb-selector.h"
#include "host-broker/usb/assign.h"
#include "host-broker/usb/auto.h"
#include "host-broker/usb/handover.h"
#include "host-broker/vm/vm.h"
#include "proto/base/cleanup.h"
#include "proto/base/text.h"
#include "proto/wire/frame.h"

#define CANDIDATES_SIZE 512
#define LEND_TRIES_MAX 3 /* in one run, of an agent that takes no stream */

static struct usb *usb_of(const struct client *client)
{
	return client_services(client)->usb;
}

static void fail_error(struct client *client, const struct error *error)
{
	Vmsilo__Broker__Failure__Code code = VMSILO__BROKER__FAILURE__CODE__BAD_REQUEST;

	if (error->code == UV_EPERM || error->code == UV_EACCES)
		code = VMSILO__BROKER__FAILURE__CODE__NOT_PERMITTED;
	client_fail_text(client, code, "%s", error->text);
}

/* ---- which device ---- */

/* The one device that text names, in ret. A sentence with the candidates when there are several. */
static int device_choose(const struct usb_list *list, const char *untrusted_text,
	struct usb_info *ret, struct error *error)
{
	char printable[128], candidates[CANDIDATES_SIZE] = "";
	struct usb_selector selector;
	size_t count = 0;

	text_escape(printable, sizeof(printable), untrusted_text, strlen(untrusted_text));
	if (usb_selector_parse(untrusted_text, &selector) < 0)
		return error_set(error, UV_EINVAL,
			"'%s' is not a USB device: expected vid:pid (0951:1666), bus-port (1-2.3) "
			"or bus.device (1.12)",
			printable);
	for (size_t i = 0; i < list->count; i++) {
		size_t length = strlen(candidates);
		if (!usb_selector_matches(&selector, &list->devices[i]))
			continue;
		*ret = list->devices[i];
		snprintf(candidates + length, sizeof(candidates) - length, "%s%s",
			count > 0 ? ", " : "", ret->path);
		count++;
	}
	if (count == 0)
		return error_set(error, UV_ENODEV,
			"no USB device %s is plugged in; for those that are, run: vmsilo-usb list",
			printable);
	if (count > 1)
		return error_set(error, UV_EINVAL, "%zu USB devices match %s: use one of %s", count,
			printable, candidates);
	return 0;
}

static int device_find(const struct usb *usb, const char *untrusted_text, struct usb_info *ret,
	struct error *error)
{
	struct usb_list list;
	int code = usb_devices(usb, &list);

	if (code < 0)
		return error_set(
			error, code, "cannot read the list of USB devices: %s", uv_strerror(code));
	code = device_choose(&list, untrusted_text, ret, error);
	usb_list_finish(&list);
	return code;
}

/* ---- list ---- */

struct described {
	Vmsilo__Broker__UsbDevice message;
	uint32_t classes[USB_INTERFACES_MAX + 1];
	char kept[USB_TEXT_SIZE + 32];
};

static void classes_collect(const struct usb_info *info, struct described *ret)
{
	size_t count = 0;

	if (info->class != 0)
		ret->classes[count++] = info->class;
	for (size_t i = 0; i < info->interfaces_count; i++) {
		bool known = false;
		for (size_t j = 0; j < count; j++)
			known = known || ret->classes[j] == info->interfaces[i].class;
		if (!known)
			ret->classes[count++] = info->interfaces[i].class;
	}
	ret->message.classes = ret->classes;
	ret->message.n_classes = count;
}

static const char *state_of(const struct attachment *attachment)
{
	static const char *const names[] = {
		[ATTACHMENT_DIALLING] = "attaching",
		[ATTACHMENT_STARTING] = "attaching",
		[ATTACHMENT_ATTACHED] = "attached",
		[ATTACHMENT_ENDING] = "detaching",
	};

	return attachment ? names[attachment_phase(attachment)] : "host";
}

/* Its VM's name is told to those who may know of the VM. */
static void describe(
	const struct client *client, const struct usb_info *info, struct described *ret)
{
	const struct usb *usb = usb_of(client);
	const struct attachment *attachment = usb_find(usb, info->path);
	const char *kept = attachment ? NULL : usb_protection(info, ret->kept, sizeof(ret->kept));

	vmsilo__broker__usb_device__init(&ret->message);
	ret->message.path = (char *)info->path;
	ret->message.bus = info->bus;
	ret->message.device = info->device;
	ret->message.vendor = info->vendor;
	ret->message.product = info->product;
	ret->message.manufacturer = (char *)info->manufacturer;
	ret->message.name = (char *)info->name;
	ret->message.serial = (char *)info->serial;
	ret->message.speed = (char *)info->speed;
	ret->message.vm = "";
	if (attachment && client_may(client, attachment_vm(attachment), ACCESS_USE))
		ret->message.vm = (char *)vm_configuration(attachment_vm(attachment))->name;
	ret->message.state = (char *)state_of(attachment);
	ret->message.kept = (char *)(kept ? kept : "");
	classes_collect(info, ret);
}

static void list_answer(struct client *client, const struct usb_list *list)
{
	Vmsilo__Broker__UsbDevices answer = VMSILO__BROKER__USB_DEVICES__INIT;
	_cleanup_free_ struct described *described = calloc(list->count + 1, sizeof(*described));
	_cleanup_free_ Vmsilo__Broker__UsbDevice **pointers =
		calloc(list->count + 1, sizeof(*pointers));

	if (!described || !pointers) {
		client_fail_text(client, VMSILO__BROKER__FAILURE__CODE__INTERNAL, "out of memory");
		return;
	}
	for (size_t i = 0; i < list->count; i++) {
		describe(client, &list->devices[i], &described[i]);
		pointers[i] = &described[i].message;
	}
	answer.devices = pointers;
	answer.n_devices = list->count;
	client_answer(client, FRAME_USB_DEVICES, &answer.base);
}

void request_usb_list(struct client *client, struct vm *vm, const ProtobufCMessage *message)
{
	struct usb_list list;
	int code = usb_devices(usb_of(client), &list);

	(void)vm;
	(void)message;
	if (code < 0) {
		client_fail_text(client, VMSILO__BROKER__FAILURE__CODE__INTERNAL,
			"cannot read the list of USB devices: %s", uv_strerror(code));
		return;
	}
	list_answer(client, &list);
	usb_list_finish(&list);
}

/* ---- attach ---- */

struct lend_request {
	struct client *client;
	struct vm *vm;
	struct usb_info info;
	bool move, force;
	bool waiting; /* waiter is on the VM's list */
	struct waiter waiter;
	uint64_t run; /* of the VM, in which it is tried */
	struct handover *handover;
};

static void lend_give_up(void *data)
{
	struct lend_request *request = data;

	if (request->waiting)
		vm_wait_cancel(request->vm, &request->waiter);
	if (request->handover)
		handover_forget(request->handover);
	free(request);
}

static void answer_done(struct client *client)
{
	Vmsilo__Broker__Done done = VMSILO__BROKER__DONE__INIT;

	client_answer(client, FRAME_DONE, &done.base);
}

/* The VM may have ended under it, with or without our knowledge; true: another run, or another try,
 * is waited for, and the request may be gone. */
static bool lend_again(struct lend_request *request, const struct error *error)
{
	bool ended = vm_runs(request->vm) != request->run || !vm_is_up(request->vm);
	bool refused = error->code == UV_ECONNRESET || error->code == UV_ECONNREFUSED ||
		       error->code == UV_EPIPE || error->code == UV_ENOTCONN;

	if (!ended && (!refused || request->waiter.tries >= LEND_TRIES_MAX))
		return false;
	request->waiting = true;
	if (vm_wait_again(request->vm, &request->waiter) == 0)
		return true;
	request->waiting = false;
	return false;
}

static void on_lent(void *data, const struct error *error)
{
	struct lend_request *request = data;

	request->handover = NULL;
	if (error->code < 0 && lend_again(request, error))
		return;
	if (error->code < 0)
		fail_error(request->client, error);
	else
		answer_done(request->client);
	free(request);
}

static void on_running(void *data)
{
	struct lend_request *request = data;
	struct error error = {0};
	const struct handover_options options = {
		.usb = usb_of(request->client),
		.vm = request->vm,
		.path = request->info.path,
		.move = request->move,
		.force = request->force,
		.on_done = on_lent,
		.data = request,
	};

	request->waiting = false;
	request->run = vm_runs(request->vm);
	if (handover_start(&options, &request->handover, &error) < 0)
		on_lent(request, &error);
}

static void on_wait_failed(void *data, const struct failure *failure)
{
	struct lend_request *request = data;
	struct client *client = request->client;

	free(request);
	client_fail(client, failure);
}

static void on_progress(void *data, Vmsilo__Broker__Stage stage)
{
	struct lend_request *request = data;
	Vmsilo__Broker__Progress progress = VMSILO__BROKER__PROGRESS__INIT;

	progress.stage = stage;
	progress.at_us = (uv_hrtime() - client_asked_ns(request->client)) / 1000;
	client_send(request->client, FRAME_PROGRESS, &progress.base);
}

/* What can be known before the VM is started for it. */
static int lend_check(const struct lend_request *request, struct error *error)
{
	const struct attachment *owner = usb_find(usb_of(request->client), request->info.path);
	const struct usb_wish wish = {
		.info = &request->info,
		.vm = vm_configuration(request->vm),
		.owner = owner ? vm_configuration(attachment_vm(owner))->name : NULL,
		.move = request->move,
		.force = request->force,
	};

	return usb_assign_check(&wish, error);
}

void request_usb_lend(struct client *client, struct vm *vm, const ProtobufCMessage *message)
{
	const Vmsilo__Broker__UsbLend *lend = (const Vmsilo__Broker__UsbLend *)message;
	struct error error = {0};
	struct lend_request *request = calloc(1, sizeof(*request));
	if (!request) {
		client_fail_text(client, VMSILO__BROKER__FAILURE__CODE__INTERNAL, "out of memory");
		return;
	}
	*request = (struct lend_request){
		.client = client, .vm = vm, .move = lend->move, .force = lend->force};
	if (device_find(usb_of(client), lend->device, &request->info, &error) < 0 ||
		lend_check(request, &error) < 0) {
		free(request);
		fail_error(client, &error);
		return;
	}
	request->waiter = (struct waiter){
		.wanted = WAIT_RUNNING,
		.on_progress = on_progress,
		.on_done = on_running,
		.on_failed = on_wait_failed,
		.data = request,
	};
	request->waiting = true;
	client_pend(client, lend_give_up, request);
	vm_wait(vm, &request->waiter);
}

/* ---- detach ---- */

struct return_request {
	struct client *client;
	struct usb *usb;
};

static void return_give_up(void *data)
{
	struct return_request *request = data;

	usb_forget(request->usb, request);
	free(request);
}

static void on_returned(void *data, const struct error *error)
{
	struct return_request *request = data;

	(void)error;
	answer_done(request->client);
	free(request);
}

/* The attached device that text names; of that VM, if one is named. */
static struct attachment *attachment_choose(
	const struct usb *usb, const char *untrusted_text, const struct vm *vm, struct error *error)
{
	char printable[128], candidates[CANDIDATES_SIZE] = "";
	struct attachment *found = NULL;
	struct usb_selector selector;
	size_t count = 0;

	text_escape(printable, sizeof(printable), untrusted_text, strlen(untrusted_text));
	if (usb_selector_parse(untrusted_text, &selector) < 0) {
		error_set(error, UV_EINVAL,
			"'%s' is not a USB device: expected vid:pid (0951:1666), bus-port (1-2.3) "
			"or bus.device (1.12)",
			printable);
		return NULL;
	}
	for (size_t i = 0; i < usb_count(usb); i++) {
		struct attachment *attachment = usb_at(usb, i);
		size_t length = strlen(candidates);
		if (!usb_selector_matches(&selector, attachment_info(attachment)) ||
			(vm && attachment_vm(attachment) != vm))
			continue;
		found = attachment;
		snprintf(candidates + length, sizeof(candidates) - length, "%s%s",
			count > 0 ? ", " : "", attachment_info(attachment)->path);
		count++;
	}
	if (count > 1)
		error_set(error, UV_EINVAL, "%zu attached USB devices match %s: use one of %s",
			count, printable, candidates);
	else if (count == 0)
		error_set(error, UV_ENODEV, "no USB device %s is attached to %s%s%s", printable,
			vm ? "the VM \"" : "any VM", vm ? vm_configuration(vm)->name : "",
			vm ? "\"" : "");
	return count == 1 ? found : NULL;
}

void request_usb_return(struct client *client, struct vm *vm, const ProtobufCMessage *message)
{
	const Vmsilo__Broker__UsbReturn *wanted = (const Vmsilo__Broker__UsbReturn *)message;
	struct usb *usb = usb_of(client);
	struct error error = {0};
	struct attachment *attachment =
		attachment_choose(usb, wanted->device, vm ? vm : client_only(client), &error);
	/* Somebody waits for it already, and is to be answered. */
	if (attachment && attachment_phase(attachment) != ATTACHMENT_ATTACHED) {
		error_set(&error, UV_EBUSY,
			"the device %s is being attached or detached; try again in a moment",
			attachment_info(attachment)->path);
		attachment = NULL;
	}
	if (!attachment) {
		fail_error(client, &error);
		return;
	}
	struct return_request *request = calloc(1, sizeof(*request));
	if (!request) {
		client_fail_text(client, VMSILO__BROKER__FAILURE__CODE__INTERNAL, "out of memory");
		return;
	}
	*request = (struct return_request){.client = client, .usb = usb};
	const struct usb_listener listener = {.on_gone = on_returned, .data = request};
	client_pend(client, return_give_up, request);
	usb_auto_leave(client_services(client)->usb_auto, attachment_info(attachment));
	usb_take_back(usb, attachment, &listener);
}
