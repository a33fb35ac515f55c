#include "tray/notices/idle.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "proto/base/log.h"
#include "proto/base/text.h"
#include "proto/wire/frame.h"

static void notice_show(struct questions *questions, const char *vm, uint64_t stop_at_ms)
{
	struct question *question = question_take(questions, vm, "");
	time_t at = (time_t)(stop_at_ms / 1000);
	struct tm local;
	char summary[128], body[128], clock[16] = "soon";
	const struct host_question_words words = {
		.summary = summary, .body = body, .button = "Keep it running for an hour"};

	if (!question)
		return;
	if (localtime_r(&at, &local))
		strftime(clock, sizeof(clock), "at %H:%M:%S", &local);
	snprintf(summary, sizeof(summary), "The VM %s is idle", vm);
	snprintf(body, sizeof(body), "Nobody is using it. It will shut down %s.", clock);
	question_show(question, &words);
}

/* ---- the button ---- */

static void on_keep_answer(void *data, uint16_t type, const ProtobufCMessage *message, int fd)
{
	const struct question *question = data;

	if (fd >= 0)
		close(fd);
	if (type == FRAME_FAILURE)
		log_warning(question->vm, "the broker refused to keep it running: %s",
			((const Vmsilo__Broker__Failure *)message)->text);
}

static void on_keep_end(void *data, int reason)
{
	struct question *question = data;

	(void)reason;
	broker_request_cancel(&question->request);
	if (!question->shown.shown)
		question_forget(question);
}

static const struct broker_request_ops keep_ops = {
	.on_answer = on_keep_answer, .on_end = on_keep_end};

static void on_button(void *data)
{
	struct question *question = data;
	Vmsilo__Broker__Inhibit inhibit = VMSILO__BROKER__INHIBIT__INIT;

	inhibit.vm = question->vm;
	inhibit.why = "asked for on the desktop";
	inhibit.for_ms = IDLE_KEEP_MS;
	if (question_ask(question, FRAME_INHIBIT, &inhibit.base, &keep_ops) < 0)
		log_warning(question->vm, "cannot keep it running: no broker is running");
}

const struct host_question_ops idle_question_ops = {
	.on_button = on_button, .on_closed = question_closed};

/* ---- what the broker tells ---- */

void idle_questions_event(struct questions *questions, const Vmsilo__Broker__Event *event)
{
	bool runs = event->state == VMSILO__BROKER__VM_STATE__VM_RUNNING ||
		    event->state == VMSILO__BROKER__VM_STATE__VM_PAUSED;
	bool announces = event->kind == VMSILO__BROKER__EVENT__KIND__IDLE;
	struct question *question;

	if (!text_is_vm_name(event->vm))
		return;
	question = question_find(questions, event->vm, "");
	if (announces && runs && event->stop_at_ms)
		notice_show(questions, event->vm, event->stop_at_ms);
	else if (question && (announces || !runs))
		host_question_close(&question->shown);
}
