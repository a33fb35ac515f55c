#include "tray/notices/usb.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "proto/base/text.h"
#include "proto/wire/frame.h"

/* ---- the list ---- */

static struct usb_notice *notice_find(struct host_usb *usb, const char *vm, const char *path)
{
	for (size_t i = 0; i < USB_NOTICES_MAX; i++)
		if (strcmp(usb->list[i].vm, vm) == 0 && strcmp(usb->list[i].path, path) == 0)
			return &usb->list[i];
	return NULL;
}

static void notice_forget(struct usb_notice *notice)
{
	host_question_finish(&notice->question);
	broker_request_cancel(&notice->lend);
	notice->vm[0] = notice->path[0] = '\0';
}

static void notice_show(struct usb_notice *notice, const struct host_question_words *words)
{
	host_question_show(&notice->question, words);
	if (!notice->question.shown)
		notice_forget(notice);
}

static void notice_close(struct usb_notice *notice)
{
	if (notice->question.shown)
		host_question_close(&notice->question);
	else
		notice_forget(notice);
}

/* ---- the question ---- */

static void ask(struct host_usb *usb, const char *vm, const Vmsilo__Broker__UsbChange *change)
{
	struct usb_notice *notice = notice_find(usb, vm, change->path);
	char summary[256], body[512], button[128];
	const struct host_question_words words = {
		.summary = summary, .body = body, .button = button};

	if (!notice)
		notice = notice_find(usb, "", "");
	if (!notice || notice->lend)
		return;
	snprintf(notice->vm, sizeof(notice->vm), "%s", vm);
	snprintf(notice->path, sizeof(notice->path), "%s", change->path);
	snprintf(notice->name, sizeof(notice->name), "%s",
		change->name[0] ? change->name : "USB device");
	snprintf(summary, sizeof(summary), "Attach \"%s\" to %s?", notice->name, vm);
	snprintf(body, sizeof(body), "The USB device %s (%04x:%04x) is plugged in.", change->path,
		change->vendor, change->product);
	snprintf(button, sizeof(button), "Attach to %s", vm);
	notice_show(notice, &words);
}

/* ---- the answer ---- */

static void lend_failed(struct usb_notice *notice, const char *why)
{
	char summary[256];
	const struct host_question_words words = {.summary = summary, .body = why};

	broker_request_cancel(&notice->lend);
	snprintf(summary, sizeof(summary), "\"%s\" was not attached to %s", notice->name,
		notice->vm);
	notice_show(notice, &words);
}

static void on_lend_answer(void *data, uint16_t type, const ProtobufCMessage *message, int fd)
{
	struct usb_notice *notice = data;

	if (fd >= 0)
		close(fd);
	if (type == FRAME_FAILURE) {
		lend_failed(notice, ((const Vmsilo__Broker__Failure *)message)->text);
	} else if (type == FRAME_DONE) {
		broker_request_cancel(&notice->lend);
		notice_close(notice);
	}
}

static void on_lend_end(void *data, int reason)
{
	(void)reason;
	lend_failed(data, "The connection to the broker ended.");
}

static const struct broker_request_ops lend_ops = {
	.on_answer = on_lend_answer, .on_end = on_lend_end};

static void on_button(void *data)
{
	struct usb_notice *notice = data;
	Vmsilo__Broker__UsbLend lend = VMSILO__BROKER__USB_LEND__INIT;

	lend.vm = notice->vm;
	lend.device = notice->path;
	if (!notice->lend &&
		broker_request_start(notice->usb->loop, notice->usb->path, FRAME_USB_LEND,
			&lend.base, &lend_ops, notice, &notice->lend) < 0)
		lend_failed(notice, "No broker is running.");
}

/* The answer to the button is still to come. */
static void on_closed(void *data)
{
	struct usb_notice *notice = data;

	if (!notice->lend)
		notice_forget(notice);
}

static const struct host_question_ops question_ops = {
	.on_button = on_button, .on_closed = on_closed};

/* ---- the face ---- */

void host_usb_init(
	struct host_usb *usb, uv_loop_t *loop, struct host_service *service, const char *path)
{
	*usb = (struct host_usb){.loop = loop, .path = path};
	for (size_t i = 0; i < USB_NOTICES_MAX; i++) {
		usb->list[i].usb = usb;
		host_question_init(&usb->list[i].question, service, &question_ops, &usb->list[i]);
	}
}

void host_usb_finish(struct host_usb *usb)
{
	host_usb_lost(usb);
	for (size_t i = 0; i < USB_NOTICES_MAX; i++)
		notice_forget(&usb->list[i]);
}

void host_usb_lost(struct host_usb *usb)
{
	for (size_t i = 0; i < USB_NOTICES_MAX; i++)
		host_question_close(&usb->list[i].question);
}

void host_usb_event(struct host_usb *usb, const Vmsilo__Broker__Event *event)
{
	const Vmsilo__Broker__UsbChange *change = event->usb;
	struct usb_notice *notice;

	if (event->kind != VMSILO__BROKER__EVENT__KIND__USB || !change ||
		!text_is_vm_name(event->vm) || !change->path[0] ||
		strlen(change->path) >= USB_NOTICE_PATH_SIZE)
		return;
	notice = notice_find(usb, event->vm, change->path);
	if (change->kind == VMSILO__BROKER__USB_CHANGE__KIND__ASK)
		ask(usb, event->vm, change);
	else if (change->kind == VMSILO__BROKER__USB_CHANGE__KIND__ASK_END && notice &&
		 !notice->lend)
		host_question_close(&notice->question);
}

void host_usb_signal(struct host_usb *usb, DBusMessage *signal)
{
	for (size_t i = 0; i < USB_NOTICES_MAX; i++)
		host_question_signal(&usb->list[i].question, signal);
}
