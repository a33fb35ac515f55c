#include "host-broker/usb/handover.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-broker/usb/assign.h"
#include "proto/base/log.h"

struct handover {
	struct handover_options options;
	char path[USB_PATH_SIZE];
	struct vm *from;    /* which had it; NULL: the host */
	struct error error; /* RETURNING: what went wrong */
};

static void handover_finish(struct handover *handover, const struct error *error)
{
	if (handover->options.on_done)
		handover->options.on_done(handover->options.data, error);
	else if (error->code < 0)
		log_warning(NULL, "usb: %s", error->text);
	free(handover);
}

/* Where it stands is written in what is lent; the next broker finds it there. */
static void on_dropped(void *data)
{
	free(data);
}

static int handover_lend(struct handover *handover, struct vm *vm,
	const struct usb_listener *listener, struct error *error)
{
	struct usb_list list;
	int code = usb_devices(handover->options.usb, &list);

	if (code < 0)
		return error_set(
			error, code, "cannot read the list of USB devices: %s", uv_strerror(code));
	const struct usb_info *info = usb_list_find(&list, handover->path);
	code = info ? usb_lend(handover->options.usb, vm, info, listener, error)
		    : error_set(error, UV_ENODEV, "the device %s was unplugged", handover->path);
	usb_list_finish(&list);
	return code;
}

/* ---- back to who had it ---- */

static void on_returned(void *data)
{
	struct handover *handover = data;
	struct error error = handover->error;
	size_t length = strlen(error.text);

	usb_forget(handover->options.usb, handover);
	snprintf(error.text + length, sizeof(error.text) - length,
		"; it was given back to the VM \"%s\"", vm_configuration(handover->from)->name);
	handover_finish(handover, &error);
}

static void on_not_returned(void *data, const struct error *error)
{
	struct handover *handover = data;
	struct error both = handover->error;
	size_t length = strlen(both.text);

	snprintf(both.text + length, sizeof(both.text) - length,
		"; giving it back failed too: %.400s", error->text);
	handover_finish(handover, &both);
}

static void give_back(struct handover *handover, const struct error *why)
{
	const struct usb_listener listener = {.on_attached = on_returned,
		.on_gone = on_not_returned,
		.on_dropped = on_dropped,
		.data = handover};
	struct error error = {0};

	handover->error = *why;
	if (!handover->from)
		handover_finish(handover, why);
	else if (handover_lend(handover, handover->from, &listener, &error) < 0)
		on_not_returned(handover, &error);
}

/* ---- there ---- */

static void on_attached(void *data)
{
	struct handover *handover = data;
	const struct error none = {0};

	usb_forget(handover->options.usb, handover);
	handover_finish(handover, &none);
}

static void on_failed(void *data, const struct error *error)
{
	struct error told = *error;

	if (told.code == 0)
		error_set(&told, UV_ECANCELED, "the device was detached by another request");
	give_back(data, &told);
}

static int handover_attach(struct handover *handover, struct error *error)
{
	const struct usb_listener listener = {.on_attached = on_attached,
		.on_gone = on_failed,
		.on_dropped = on_dropped,
		.data = handover};

	return handover_lend(handover, handover->options.vm, &listener, error);
}

static void on_released(void *data, const struct error *gone)
{
	struct handover *handover = data;
	struct error error = {0};

	(void)gone;
	if (handover_attach(handover, &error) < 0)
		give_back(handover, &error);
}

/* ---- the start ---- */

static int handover_check(
	const struct handover_options *options, struct attachment *owner, struct error *error)
{
	struct usb_list list;
	int code = usb_devices(options->usb, &list);

	if (code < 0)
		return error_set(
			error, code, "cannot read the list of USB devices: %s", uv_strerror(code));
	const struct usb_wish wish = {
		.info = usb_list_find(&list, options->path),
		.vm = vm_configuration(options->vm),
		.owner = owner ? vm_configuration(attachment_vm(owner))->name : NULL,
		.move = options->move,
		.force = options->force,
	};
	code = wish.info
		       ? usb_assign_check(&wish, error)
		       : error_set(error, UV_ENODEV, "the device %s was unplugged", options->path);
	usb_list_finish(&list);
	return code;
}

int handover_start(
	const struct handover_options *options, struct handover **ret, struct error *error)
{
	struct attachment *owner = usb_find(options->usb, options->path);
	int code = handover_check(options, owner, error);

	if (code < 0)
		return code;
	if (owner && attachment_phase(owner) != ATTACHMENT_ATTACHED)
		return error_set(error, UV_EBUSY,
			"the device %s is being attached or detached; try again in a moment",
			options->path);
	struct handover *handover = calloc(1, sizeof(*handover));
	if (!handover)
		return error_set(error, UV_ENOMEM, "out of memory");
	handover->options = *options;
	snprintf(handover->path, sizeof(handover->path), "%s", options->path);
	if (owner) {
		const struct usb_listener listener = {
			.on_gone = on_released, .on_dropped = on_dropped, .data = handover};
		handover->from = attachment_vm(owner);
		usb_take_back(options->usb, owner, &listener);
	} else {
		code = handover_attach(handover, error);
	}
	if (code < 0)
		free(handover);
	else
		*ret = handover;
	return code;
}

void handover_forget(struct handover *handover)
{
	handover->options.on_done = NULL;
}
