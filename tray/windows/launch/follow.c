#include "tray/windows/launch/follow.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "proto/base/colour.h"
#include "proto/base/log.h"
#include "proto/broker.pb-c.h"
#include "proto/wire/frame.h"

static void on_retry(uv_timer_t *timer);

static void fd_drop(int fd)
{
	if (fd >= 0)
		close(fd);
}

static const char *failure_text(const ProtobufCMessage *message)
{
	return ((const Vmsilo__Broker__Failure *)message)->text;
}

/* ---- the stream ---- */

static void seat_failed(struct follow *follow, const Vmsilo__Broker__Failure *failure)
{
	bool had = follow->is_seated;
	/* What follows from the configuration or the image does not change by asking again. */
	bool final = failure->code == VMSILO__BROKER__FAILURE__CODE__NOT_PERMITTED ||
		     failure->code == VMSILO__BROKER__FAILURE__CODE__NO_SUCH_VM ||
		     failure->code == VMSILO__BROKER__FAILURE__CODE__NOT_FOUND ||
		     failure->code == VMSILO__BROKER__FAILURE__CODE__BAD_REQUEST ||
		     failure->code == VMSILO__BROKER__FAILURE__CODE__BUSY;
	char text[1024];

	snprintf(text, sizeof(text), "%s", failure->text);
	follow->is_seated = false;
	broker_request_cancel(&follow->seat);
	if (had || follow->has_stream)
		follow->ops->on_taken(follow->data, text);
	else
		follow->ops->on_refused(follow->data, final, text);
}

/* ---- the region beside it ---- */

static void stream_hand(struct follow *follow, int region_fd)
{
	int fd = follow->stream_fd;

	follow->stream_fd = -1;
	follow->ops->on_stream(follow->data, fd, region_fd, &follow->token);
}

static void on_region_answer(void *data, uint16_t type, const ProtobufCMessage *message, int fd)
{
	struct follow *follow = data;
	const Vmsilo__Broker__Descriptor *descriptor = (const Vmsilo__Broker__Descriptor *)message;

	if (type == FRAME_PROGRESS) {
		fd_drop(fd);
		return;
	}
	broker_request_cancel(&follow->region);
	follow->settings.shared = type == FRAME_DESCRIPTOR && fd >= 0 ? descriptor->bytes : 0;
	stream_hand(follow, fd);
}

static void on_region_end(void *data, int reason)
{
	struct follow *follow = data;

	(void)reason;
	broker_request_cancel(&follow->region);
	stream_hand(follow, -1);
}

static const struct broker_request_ops region_ops = {
	.on_answer = on_region_answer, .on_end = on_region_end};

/* Without it pixels come by the stream. */
static void region_ask(struct follow *follow)
{
	Vmsilo__Broker__Session session = VMSILO__BROKER__SESSION__INIT;

	session.vm = (char *)follow->vm;
	session.kind = VMSILO__BROKER__SESSION__KIND__WINDOWS_REGION;
	if (broker_request_start(follow->loop, follow->broker, FRAME_SESSION, &session.base,
		    &region_ops, follow, &follow->region) < 0)
		stream_hand(follow, -1);
}

static void stream_forget(struct follow *follow)
{
	broker_request_cancel(&follow->region);
	fd_drop(follow->stream_fd);
	follow->stream_fd = -1;
}

static void on_granted(struct follow *follow, const Vmsilo__Broker__Granted *granted, int fd)
{
	if (fd < 0 || granted->token.len != TOKEN_SIZE) {
		fd_drop(fd);
		broker_request_cancel(&follow->seat);
		follow->ops->on_refused(follow->data, false, "a grant without its stream");
		return;
	}
	memcpy(follow->token.bytes, granted->token.data, TOKEN_SIZE);
	follow->is_seated = follow->has_stream = true;
	follow->take = false;
	stream_forget(follow);
	follow->stream_fd = fd;
	follow->settings.shared = 0;
	if (granted->region)
		region_ask(follow);
	else
		stream_hand(follow, -1);
}

static void on_seat_answer(void *data, uint16_t type, const ProtobufCMessage *message, int fd)
{
	struct follow *follow = data;

	if (type == FRAME_GRANTED) {
		on_granted(follow, (const Vmsilo__Broker__Granted *)message, fd);
		return;
	}
	fd_drop(fd);
	if (type == FRAME_FAILURE)
		seat_failed(follow, (const Vmsilo__Broker__Failure *)message);
	else if (type == FRAME_DONE)
		follow->is_seated = true;
}

static void on_seat_end(void *data, int reason)
{
	struct follow *follow = data;
	bool had = follow->is_seated;

	(void)reason;
	follow->is_seated = false;
	broker_request_cancel(&follow->seat);
	/* A broker that went away leaves the stream. */
	if (!had && !follow->has_stream)
		follow->ops->on_refused(follow->data, false, "the broker ended the connection");
}

static const struct broker_request_ops seat_ops = {
	.on_answer = on_seat_answer, .on_end = on_seat_end};

static int seat_ask(struct follow *follow, bool keep)
{
	Vmsilo__Broker__Session session = VMSILO__BROKER__SESSION__INIT;

	broker_request_cancel(&follow->seat);
	follow->is_seated = false;
	session.vm = (char *)follow->vm;
	session.kind = VMSILO__BROKER__SESSION__KIND__WINDOWS;
	session.take = follow->take;
	session.keep = keep;
	return broker_request_start(follow->loop, follow->broker, FRAME_SESSION, &session.base,
		&seat_ops, follow, &follow->seat);
}

void follow_open(struct follow *follow)
{
	follow->has_stream = false;
	if (seat_ask(follow, false) < 0)
		follow->ops->on_refused(follow->data, false, "no broker is running");
}

void follow_close(struct follow *follow)
{
	follow->has_stream = follow->is_seated = false;
	broker_request_cancel(&follow->seat);
	stream_forget(follow);
	follow_windows(follow, 0, false);
}

/* ---- windows that are shown ---- */

/* The broker holds what it was told as long as the connection lasts. */
static void on_hold_answer(void *data, uint16_t type, const ProtobufCMessage *message, int fd)
{
	struct follow *follow = data;

	fd_drop(fd);
	if (type == FRAME_FAILURE)
		log_debug(follow->vm, "the broker does not accept its number of windows: %s",
			failure_text(message));
}

static void on_hold_end(void *data, int reason)
{
	struct follow *follow = data;

	(void)reason;
	broker_request_cancel(&follow->hold);
	follow->told = 0;
}

static const struct broker_request_ops hold_ops = {
	.on_answer = on_hold_answer, .on_end = on_hold_end};

static void windows_tell(struct follow *follow)
{
	Vmsilo__Broker__Inhibit inhibit = VMSILO__BROKER__INHIBIT__INIT;
	struct broker_request *before = follow->hold;

	follow->hold = NULL;
	inhibit.vm = (char *)follow->vm;
	inhibit.kind = VMSILO__BROKER__INHIBIT__KIND__WINDOW;
	inhibit.items = follow->windows;
	inhibit.hidden = follow->hidden;
	if (follow->windows > 0 && broker_request_start(follow->loop, follow->broker, FRAME_INHIBIT,
					   &inhibit.base, &hold_ops, follow, &follow->hold) < 0)
		log_debug(follow->vm, "cannot report its windows: no broker is running");
	follow->told = follow->hold ? follow->windows : 0;
	follow->told_hidden = follow->hidden;
	broker_request_cancel(&before);
}

static void on_tell(uv_timer_t *timer)
{
	struct follow *follow = timer->data;

	if (follow->windows != follow->told || follow->hidden != follow->told_hidden)
		windows_tell(follow);
}

void follow_windows(struct follow *follow, uint32_t count, bool hidden)
{
	follow->windows = count;
	follow->hidden = hidden;
	if (!uv_is_active((uv_handle_t *)&follow->tell))
		uv_timer_start(&follow->tell, on_tell, FOLLOW_TELL_MS, 0);
}

/* ---- a paused VM that is used ---- */

static void on_resume_answer(void *data, uint16_t type, const ProtobufCMessage *message, int fd)
{
	struct follow *follow = data;

	fd_drop(fd);
	if (type == FRAME_FAILURE)
		log_warning(
			follow->vm, "it is paused, and does not run on: %s", failure_text(message));
	if (type != FRAME_PROGRESS)
		broker_request_cancel(&follow->resume);
}

static void on_resume_end(void *data, int reason)
{
	struct follow *follow = data;

	(void)reason;
	broker_request_cancel(&follow->resume);
}

static const struct broker_request_ops resume_ops = {
	.on_answer = on_resume_answer, .on_end = on_resume_end};

void follow_use(struct follow *follow)
{
	Vmsilo__Broker__ResumeVm resume = VMSILO__BROKER__RESUME_VM__INIT;

	if (!follow->paused || follow->resume)
		return;
	resume.vm = (char *)follow->vm;
	if (broker_request_start(follow->loop, follow->broker, FRAME_RESUME_VM, &resume.base,
		    &resume_ops, follow, &follow->resume) < 0)
		log_warning(follow->vm, "it is paused, and no broker is running");
}

/* ---- what the broker says of the VM ---- */

static void running_set(struct follow *follow, Vmsilo__Broker__VmState state)
{
	bool running = state == VMSILO__BROKER__VM_STATE__VM_RUNNING ||
		       state == VMSILO__BROKER__VM_STATE__VM_PAUSED;

	follow->paused = state == VMSILO__BROKER__VM_STATE__VM_PAUSED;
	if (running == follow->running)
		return;
	follow->running = running;
	follow->ops->on_running(follow->data, running);
}

static uint32_t colour_of(const char *vm, const char *text)
{
	struct colour colour = {0x80, 0x80, 0x80};

	if (text[0] && colour_parse(text, &colour) < 0)
		log_warning(vm, "'%s' is not a colour", text);
	return (uint32_t)colour.red << 16 | (uint32_t)colour.green << 8 | colour.blue;
}

static void settings_take(struct follow *follow, const Vmsilo__Broker__Vm *vm)
{
	const Vmsilo__Broker__Windows *windows = vm->windows;
	Vmsilo__Desk__Settings *settings = &follow->settings;

	settings->colour = colour_of(follow->vm, vm->color);
	if (!windows)
		return;
	settings->count = windows->count;
	settings->pixels = windows->pixels;
	settings->clipboard_bytes = windows->clipboard_bytes;
	settings->bare_fullscreen = windows->bare_fullscreen;
	settings->text_input = windows->text_input;
	settings->drags = windows->drags;
	snprintf(follow->copy, sizeof(follow->copy), "%s", windows->copy);
	snprintf(follow->paste, sizeof(follow->paste), "%s", windows->paste);
	follow->ops->on_settings(follow->data);
}

static void list_ask(struct follow *follow);

static void on_list_answer(void *data, uint16_t type, const ProtobufCMessage *message, int fd)
{
	struct follow *follow = data;
	const Vmsilo__Broker__VmList *list = (const Vmsilo__Broker__VmList *)message;

	fd_drop(fd);
	if (type == FRAME_PROGRESS)
		return;
	broker_request_cancel(&follow->list);
	if (type == FRAME_VM_LIST && list->n_vms == 1) {
		settings_take(follow, list->vms[0]);
		running_set(follow, list->vms[0]->state);
	} else if (type == FRAME_FAILURE) {
		follow->ops->on_refused(follow->data, true, failure_text(message));
		return;
	}
	if (follow->list_again)
		list_ask(follow);
}

static void on_list_end(void *data, int reason)
{
	struct follow *follow = data;

	(void)reason;
	broker_request_cancel(&follow->list);
}

static const struct broker_request_ops list_ops = {
	.on_answer = on_list_answer, .on_end = on_list_end};

static void list_ask(struct follow *follow)
{
	Vmsilo__Broker__List list = VMSILO__BROKER__LIST__INIT;

	follow->list_again = follow->list != NULL;
	list.vm = (char *)follow->vm;
	if (!follow->list)
		(void)broker_request_start(follow->loop, follow->broker, FRAME_LIST, &list.base,
			&list_ops, follow, &follow->list);
}

static void on_event(struct follow *follow, const Vmsilo__Broker__Event *event)
{
	switch (event->kind) {
	case VMSILO__BROKER__EVENT__KIND__STATE:
		/* Its settings come before it runs. */
		if (event->state == VMSILO__BROKER__VM_STATE__VM_RUNNING && !follow->running)
			list_ask(follow);
		else if (!event->present || follow->running)
			running_set(follow, event->state);
		break;
	case VMSILO__BROKER__EVENT__KIND__CONFIGURED:
	case VMSILO__BROKER__EVENT__KIND__REMOVED:
	case VMSILO__BROKER__EVENT__KIND__PRESENT_END:
		list_ask(follow);
		break;
	default:
		break;
	}
}

static void on_events_answer(void *data, uint16_t type, const ProtobufCMessage *message, int fd)
{
	struct follow *follow = data;

	fd_drop(fd);
	if (type == FRAME_EVENT)
		on_event(follow, (const Vmsilo__Broker__Event *)message);
	else if (type == FRAME_FAILURE)
		follow->ops->on_refused(follow->data, true, failure_text(message));
}

static void on_events_end(void *data, int reason)
{
	struct follow *follow = data;

	log_debug(follow->vm, "the connection to the broker ended: %s",
		reason < 0 ? uv_strerror(reason) : "it has gone");
	broker_request_cancel(&follow->events);
	uv_timer_start(&follow->retry, on_retry, FOLLOW_RETRY_MS, 0);
}

static const struct broker_request_ops events_ops = {
	.on_answer = on_events_answer, .on_end = on_events_end};

static void on_retry(uv_timer_t *timer)
{
	struct follow *follow = timer->data;
	Vmsilo__Broker__Events events = VMSILO__BROKER__EVENTS__INIT;

	events.vm = (char *)follow->vm;
	if (broker_request_start(follow->loop, follow->broker, FRAME_EVENTS, &events.base,
		    &events_ops, follow, &follow->events) < 0) {
		uv_timer_start(&follow->retry, on_retry, FOLLOW_RETRY_MS, 0);
		return;
	}
	/* Another broker than the one that granted it. */
	if (follow->has_stream && !follow->seat)
		(void)seat_ask(follow, true);
	follow_windows(follow, follow->windows, follow->hidden);
}

void follow_init(struct follow *follow, uv_loop_t *loop, const char *broker, const char *vm,
	const struct follow_ops *ops, void *data)
{
	*follow = (struct follow){.loop = loop,
		.broker = broker,
		.vm = vm,
		.ops = ops,
		.data = data,
		.stream_fd = -1};
	vmsilo__desk__settings__init(&follow->settings);
	follow->settings.copy = follow->copy;
	follow->settings.paste = follow->paste;
	uv_timer_init(loop, &follow->retry);
	uv_timer_init(loop, &follow->tell);
	follow->retry.data = follow->tell.data = follow;
	uv_timer_start(&follow->retry, on_retry, 0, 0);
}

void follow_finish(struct follow *follow)
{
	broker_request_cancel(&follow->events);
	broker_request_cancel(&follow->list);
	broker_request_cancel(&follow->seat);
	stream_forget(follow);
	broker_request_cancel(&follow->hold);
	broker_request_cancel(&follow->resume);
	uv_close((uv_handle_t *)&follow->retry, NULL);
	uv_close((uv_handle_t *)&follow->tell, NULL);
}
