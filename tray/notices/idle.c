#include "tray/notices/idle.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "proto/base/log.h"
#include "proto/base/text.h"
#include "proto/wire/frame.h"

/* ---- the list ---- */

static struct idle_notice *notice_find(struct host_idle *idle, const char *vm)
{
	for (size_t i = 0; i < IDLE_NOTICES_MAX; i++)
		if (strcmp(idle->list[i].vm, vm) == 0)
			return &idle->list[i];
	return NULL;
}

static void notice_forget(struct idle_notice *notice)
{
	host_question_finish(&notice->question);
	broker_request_cancel(&notice->keep);
	notice->vm[0] = '\0';
}

static void notice_show(struct host_idle *idle, const char *vm, uint64_t stop_at_ms)
{
	struct idle_notice *notice = notice_find(idle, vm);
	time_t at = (time_t)(stop_at_ms / 1000);
	struct tm local;
	char summary[128], body[128], clock[16] = "soon";
	const struct host_question_words words = {
		.summary = summary, .body = body, .button = "Keep it running for an hour"};

	if (!notice)
		notice = notice_find(idle, "");
	if (!notice)
		return;
	if (localtime_r(&at, &local))
		strftime(clock, sizeof(clock), "at %H:%M:%S", &local);
	snprintf(summary, sizeof(summary), "The VM %s is idle", vm);
	snprintf(body, sizeof(body), "Nobody is using it. It will shut down %s.", clock);
	snprintf(notice->vm, sizeof(notice->vm), "%s", vm);
	host_question_show(&notice->question, &words);
	if (!notice->question.shown)
		notice_forget(notice);
}

/* ---- the button ---- */

static void on_keep_answer(void *data, uint16_t type, const ProtobufCMessage *message, int fd)
{
	struct idle_notice *notice = data;

	if (fd >= 0)
		close(fd);
	if (type == FRAME_FAILURE)
		log_warning(notice->vm, "the broker refused to keep it running: %s",
			((const Vmsilo__Broker__Failure *)message)->text);
}

static void on_keep_end(void *data, int reason)
{
	struct idle_notice *notice = data;

	(void)reason;
	broker_request_cancel(&notice->keep);
	if (!notice->question.shown)
		notice_forget(notice);
}

static const struct broker_request_ops keep_ops = {
	.on_answer = on_keep_answer, .on_end = on_keep_end};

static void on_button(void *data)
{
	struct idle_notice *notice = data;
	Vmsilo__Broker__Inhibit inhibit = VMSILO__BROKER__INHIBIT__INIT;

	inhibit.vm = notice->vm;
	inhibit.why = "asked for on the desktop";
	inhibit.for_ms = IDLE_KEEP_MS;
	if (!notice->keep &&
		broker_request_start(notice->idle->loop, notice->idle->path, FRAME_INHIBIT,
			&inhibit.base, &keep_ops, notice, &notice->keep) < 0)
		log_warning(notice->vm, "cannot keep it running: no broker is running");
}

/* What was asked for with the button is under way still. */
static void on_closed(void *data)
{
	struct idle_notice *notice = data;

	if (!notice->keep)
		notice_forget(notice);
}

static const struct host_question_ops question_ops = {
	.on_button = on_button, .on_closed = on_closed};

/* ---- the face ---- */

void host_idle_init(
	struct host_idle *idle, uv_loop_t *loop, struct host_service *service, const char *path)
{
	*idle = (struct host_idle){.loop = loop, .service = service, .path = path};
	for (size_t i = 0; i < IDLE_NOTICES_MAX; i++) {
		idle->list[i].idle = idle;
		host_question_init(&idle->list[i].question, service, &question_ops, &idle->list[i]);
	}
}

void host_idle_finish(struct host_idle *idle)
{
	host_idle_lost(idle);
	for (size_t i = 0; i < IDLE_NOTICES_MAX; i++)
		notice_forget(&idle->list[i]);
}

void host_idle_lost(struct host_idle *idle)
{
	for (size_t i = 0; i < IDLE_NOTICES_MAX; i++)
		host_question_close(&idle->list[i].question);
}

void host_idle_event(struct host_idle *idle, const Vmsilo__Broker__Event *event)
{
	bool runs = event->state == VMSILO__BROKER__VM_STATE__VM_RUNNING;
	bool announces = event->kind == VMSILO__BROKER__EVENT__KIND__IDLE;
	struct idle_notice *notice;

	if (!text_is_vm_name(event->vm))
		return;
	notice = notice_find(idle, event->vm);
	if (announces && runs && event->stop_at_ms)
		notice_show(idle, event->vm, event->stop_at_ms);
	else if (notice && (announces || !runs))
		host_question_close(&notice->question);
}

void host_idle_signal(struct host_idle *idle, DBusMessage *signal)
{
	for (size_t i = 0; i < IDLE_NOTICES_MAX; i++)
		host_question_signal(&idle->list[i].question, signal);
}
