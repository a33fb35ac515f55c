#include "tray/notices/usb.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "proto/base/text.h"
#include "proto/wire/frame.h"

/* ---- the question ---- */

static void ask(
	struct questions *questions, const char *vm, const Vmsilo__Broker__UsbChange *change)
{
	struct question *question = question_take(questions, vm, change->path);
	char summary[256], body[512], button[128];
	const struct host_question_words words = {
		.summary = summary, .body = body, .button = button};

	if (!question || question->request)
		return;
	snprintf(question->name, sizeof(question->name), "%s",
		change->name[0] ? change->name : "USB device");
	snprintf(summary, sizeof(summary), "Attach \"%s\" to %s?", question->name, vm);
	snprintf(body, sizeof(body), "The USB device %s (%04x:%04x) is plugged in.", change->path,
		change->vendor, change->product);
	snprintf(button, sizeof(button), "Attach to %s", vm);
	question_show(question, &words);
}

/* ---- the answer ---- */

static void lend_failed(struct question *question, const char *why)
{
	char summary[256];
	const struct host_question_words words = {.summary = summary, .body = why};

	broker_request_cancel(&question->request);
	snprintf(summary, sizeof(summary), "\"%s\" was not attached to %s", question->name,
		question->vm);
	question_show(question, &words);
}

static void lend_done(struct question *question)
{
	broker_request_cancel(&question->request);
	if (question->shown.shown)
		host_question_close(&question->shown);
	else
		question_forget(question);
}

static void on_lend_answer(void *data, uint16_t type, const ProtobufCMessage *message, int fd)
{
	if (fd >= 0)
		close(fd);
	if (type == FRAME_FAILURE)
		lend_failed(data, ((const Vmsilo__Broker__Failure *)message)->text);
	else if (type == FRAME_DONE)
		lend_done(data);
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
	struct question *question = data;
	Vmsilo__Broker__UsbLend lend = VMSILO__BROKER__USB_LEND__INIT;

	lend.vm = question->vm;
	lend.device = question->thing;
	if (question_ask(question, FRAME_USB_LEND, &lend.base, &lend_ops) < 0)
		lend_failed(question, "No broker is running.");
}

const struct host_question_ops usb_question_ops = {
	.on_button = on_button, .on_closed = question_closed};

/* ---- what the broker tells ---- */

void usb_questions_event(struct questions *questions, const Vmsilo__Broker__Event *event)
{
	const Vmsilo__Broker__UsbChange *change = event->usb;
	struct question *question;

	if (event->kind != VMSILO__BROKER__EVENT__KIND__USB || !change ||
		!text_is_vm_name(event->vm) || !change->path[0] ||
		strlen(change->path) >= QUESTION_THING_SIZE)
		return;
	question = question_find(questions, event->vm, change->path);
	if (change->kind == VMSILO__BROKER__USB_CHANGE__KIND__ASK)
		ask(questions, event->vm, change);
	else if (change->kind == VMSILO__BROKER__USB_CHANGE__KIND__ASK_END && question &&
		 !question->request)
		host_question_close(&question->shown);
}
