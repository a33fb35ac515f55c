#include "tray/host/running.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/base/log.h"
#include "proto/base/text.h"
#include "proto/broker.pb-c.h"
#include "proto/wire/frame.h"
#include "tray/notices/idle.h"
#include "tray/notices/usb.h"

static const struct colour colour_none = {0x80, 0x80, 0x80};

static void list_ask(struct host_running *running);
static void on_retry(uv_timer_t *timer);

/* ---- the table ---- */

static struct running_vm *vm_named(const struct host_running *running, const char *name)
{
	for (size_t i = 0; i < running->count; i++)
		if (strcmp(host_vm_name(running->vms[i]->vm), name) == 0)
			return running->vms[i];
	return NULL;
}

static struct running_vm *vm_of(const struct host_running *running, const struct host_vm *vm)
{
	size_t i = 0;

	while (running->vms[i]->vm != vm)
		i++;
	return running->vms[i];
}

static void vm_remove(struct running_vm *vm)
{
	struct host_running *running = vm->running;

	host_vm_destroy(vm->vm);
	broker_request_cancel(&vm->open);
	broker_request_cancel(&vm->hold);
	broker_request_cancel(&vm->resume);
	for (size_t i = 0; i < running->count; i++)
		if (running->vms[i] == vm)
			running->vms[i] = running->vms[--running->count];
	free(vm);
}

static void vm_add(
	struct host_running *running, const char *name, const struct tray_settings *settings)
{
	struct running_vm *vm = running->count < RUNNING_MAX ? calloc(1, sizeof(*vm)) : NULL;

	if (!vm)
		return;
	vm->running = running;
	vm->settings = *settings;
	vm->seen = true;
	running->vms[running->count++] = vm;
	if (host_vm_create(running->loop, running->service, name, settings, &running->source,
		    &vm->vm) < 0) {
		running->count--;
		free(vm);
	}
}

/* ---- streams ---- */

static void on_open_answer(void *data, uint16_t type, const ProtobufCMessage *message, int fd)
{
	struct running_vm *vm = data;
	const Vmsilo__Broker__Granted *granted = (const Vmsilo__Broker__Granted *)message;
	struct token token;

	if (type == FRAME_PROGRESS) {
		if (fd >= 0)
			close(fd);
		return;
	}
	broker_request_cancel(&vm->open);
	if (type == FRAME_GRANTED && fd >= 0 && granted->token.len == TOKEN_SIZE) {
		memcpy(token.bytes, granted->token.data, TOKEN_SIZE);
		host_vm_opened(vm->vm, fd, &token);
		return;
	}
	if (fd >= 0)
		close(fd);
	if (type == FRAME_FAILURE)
		log_debug(host_vm_name(vm->vm), "no tray stream: %s",
			((const Vmsilo__Broker__Failure *)message)->text);
	host_vm_failed(vm->vm);
}

static void on_open_end(void *data, int reason)
{
	struct running_vm *vm = data;

	(void)reason;
	broker_request_cancel(&vm->open);
	host_vm_failed(vm->vm);
}

static const struct broker_request_ops open_ops = {
	.on_answer = on_open_answer, .on_end = on_open_end};

static void stream_open(void *data, struct host_vm *host_vm)
{
	struct host_running *running = data;
	struct running_vm *vm = vm_of(running, host_vm);
	Vmsilo__Broker__Session session = VMSILO__BROKER__SESSION__INIT;

	session.vm = (char *)host_vm_name(host_vm);
	session.kind = VMSILO__BROKER__SESSION__KIND__TRAY;
	if (broker_request_start(running->loop, running->path, FRAME_SESSION, &session.base,
		    &open_ops, vm, &vm->open) < 0)
		host_vm_failed(host_vm);
}

static void stream_cancel(void *data, struct host_vm *host_vm)
{
	broker_request_cancel(&vm_of(data, host_vm)->open);
}

/* ---- paused VMs that are used ---- */

static void on_resume_answer(void *data, uint16_t type, const ProtobufCMessage *message, int fd)
{
	struct running_vm *vm = data;

	if (fd >= 0)
		close(fd);
	if (type == FRAME_FAILURE)
		log_warning(host_vm_name(vm->vm), "it is paused, and does not run on: %s",
			((const Vmsilo__Broker__Failure *)message)->text);
	if (type != FRAME_PROGRESS)
		broker_request_cancel(&vm->resume);
}

static void on_resume_end(void *data, int reason)
{
	struct running_vm *vm = data;

	(void)reason;
	broker_request_cancel(&vm->resume);
}

static const struct broker_request_ops resume_ops = {
	.on_answer = on_resume_answer, .on_end = on_resume_end};

/* What the user did waits in the stream until the guest reads on. */
static void on_use(void *data, struct host_vm *host_vm)
{
	struct host_running *running = data;
	struct running_vm *vm = vm_of(running, host_vm);
	Vmsilo__Broker__ResumeVm resume = VMSILO__BROKER__RESUME_VM__INIT;

	if (!vm->paused || vm->resume)
		return;
	resume.vm = (char *)host_vm_name(host_vm);
	if (broker_request_start(running->loop, running->path, FRAME_RESUME_VM, &resume.base,
		    &resume_ops, vm, &vm->resume) < 0)
		log_warning(resume.vm, "it is paused, and no broker is running");
}

/* ---- items that are shown ---- */

/* The broker holds what it was told as long as the connection lasts. */
static void on_hold_answer(void *data, uint16_t type, const ProtobufCMessage *message, int fd)
{
	struct running_vm *vm = data;

	if (fd >= 0)
		close(fd);
	if (type == FRAME_FAILURE)
		log_debug(host_vm_name(vm->vm),
			"the broker does not accept its number of items: %s",
			((const Vmsilo__Broker__Failure *)message)->text);
}

static void on_hold_end(void *data, int reason)
{
	struct running_vm *vm = data;

	(void)reason;
	broker_request_cancel(&vm->hold);
	vm->told = 0;
}

static const struct broker_request_ops hold_ops = {
	.on_answer = on_hold_answer, .on_end = on_hold_end};

static void items_tell(struct running_vm *vm)
{
	Vmsilo__Broker__Inhibit inhibit = VMSILO__BROKER__INHIBIT__INIT;
	struct broker_request *before = vm->hold;

	vm->hold = NULL;
	inhibit.vm = (char *)host_vm_name(vm->vm);
	inhibit.kind = VMSILO__BROKER__INHIBIT__KIND__TRAY;
	inhibit.items = (uint32_t)vm->items;
	if (vm->items > 0 && broker_request_start(vm->running->loop, vm->running->path,
				     FRAME_INHIBIT, &inhibit.base, &hold_ops, vm, &vm->hold) < 0)
		log_debug(inhibit.vm, "cannot report its number of items: no broker is running");
	vm->told = vm->hold ? vm->items : 0;
	broker_request_cancel(&before);
}

static void on_tell(uv_timer_t *timer)
{
	struct host_running *running = timer->data;

	for (size_t i = 0; i < running->count; i++)
		if (running->vms[i]->items != running->vms[i]->told)
			items_tell(running->vms[i]);
}

static void on_items(void *data, struct host_vm *host_vm, size_t count)
{
	struct host_running *running = data;

	vm_of(running, host_vm)->items = count;
	if (!uv_is_active((uv_handle_t *)&running->tell))
		uv_timer_start(&running->tell, on_tell, ITEMS_TELL_MS, 0);
}

/* ---- which VMs run ---- */

static void settings_from(const Vmsilo__Broker__Vm *vm, struct tray_settings *ret)
{
	*ret = (struct tray_settings){.colour = colour_none};
	if (vm->color[0] && colour_parse(vm->color, &ret->colour) < 0)
		log_warning(vm->name, "'%s' is not a colour", vm->color);
	if (!vm->tray)
		return;
	ret->items = vm->tray->items < TRAY_ITEMS_MAX ? vm->tray->items : TRAY_ITEMS_MAX;
	ret->updates_per_second = vm->tray->updates_per_second;
	ret->notifications_per_minute = vm->tray->notifications_per_minute;
}

static bool settings_equal(const struct tray_settings *a, const struct tray_settings *b)
{
	return memcmp(&a->colour, &b->colour, sizeof(a->colour)) == 0 && a->items == b->items &&
	       a->updates_per_second == b->updates_per_second &&
	       a->notifications_per_minute == b->notifications_per_minute;
}

static void vm_see(struct host_running *running, const Vmsilo__Broker__Vm *listed)
{
	struct running_vm *vm = vm_named(running, listed->name);
	struct tray_settings settings;

	settings_from(listed, &settings);
	/* One that is paused keeps what it has shown; its stream is opened when it runs on. */
	bool wanted = (listed->state == VMSILO__BROKER__VM_STATE__VM_RUNNING ||
			      (vm && listed->state == VMSILO__BROKER__VM_STATE__VM_PAUSED)) &&
		      text_is_vm_name(listed->name) &&
		      (settings.items > 0 || settings.notifications_per_minute > 0);
	if (vm && (!wanted || !settings_equal(&settings, &vm->settings))) {
		vm_remove(vm);
		vm = NULL;
	}
	if (vm)
		vm->seen = true;
	else if (wanted)
		vm_add(running, listed->name, &settings);
}

static void on_list_answer(void *data, uint16_t type, const ProtobufCMessage *message, int fd)
{
	struct host_running *running = data;
	const Vmsilo__Broker__VmList *list = (const Vmsilo__Broker__VmList *)message;

	if (fd >= 0)
		close(fd);
	if (type == FRAME_PROGRESS)
		return;
	broker_request_cancel(&running->list);
	if (type != FRAME_VM_LIST)
		return;
	for (size_t i = 0; i < running->count; i++)
		running->vms[i]->seen = false;
	for (size_t i = 0; i < list->n_vms; i++)
		vm_see(running, list->vms[i]);
	for (size_t i = running->count; i > 0; i--)
		if (!running->vms[i - 1]->seen)
			vm_remove(running->vms[i - 1]);
	host_programs_see(&running->programs, list);
	host_windows_see(&running->windows, list);
	on_tell(&running->tell);
	if (running->list_again)
		list_ask(running);
}

static void on_list_end(void *data, int reason)
{
	struct host_running *running = data;

	(void)reason;
	broker_request_cancel(&running->list);
}

static const struct broker_request_ops list_ops = {
	.on_answer = on_list_answer, .on_end = on_list_end};

static void list_ask(struct host_running *running)
{
	Vmsilo__Broker__List list = VMSILO__BROKER__LIST__INIT;

	running->list_again = running->list != NULL;
	if (!running->list)
		(void)broker_request_start(running->loop, running->path, FRAME_LIST, &list.base,
			&list_ops, running, &running->list);
}

/* A VM that stopped and runs again is another one, with another stream. */
static void on_event(struct host_running *running, const Vmsilo__Broker__Event *event)
{
	struct running_vm *vm = vm_named(running, event->vm);

	idle_questions_event(&running->idle, event);
	usb_questions_event(&running->usb, event);
	switch (event->kind) {
	case VMSILO__BROKER__EVENT__KIND__STATE:
		if (vm && event->state != VMSILO__BROKER__VM_STATE__VM_RUNNING &&
			event->state != VMSILO__BROKER__VM_STATE__VM_PAUSED)
			vm_remove(vm);
		else if (vm)
			vm->paused = event->state == VMSILO__BROKER__VM_STATE__VM_PAUSED;
		if (!event->present && event->state == VMSILO__BROKER__VM_STATE__VM_RUNNING)
			list_ask(running);
		break;
	case VMSILO__BROKER__EVENT__KIND__CONFIGURED:
	case VMSILO__BROKER__EVENT__KIND__REMOVED:
	case VMSILO__BROKER__EVENT__KIND__PRESENT_END:
		list_ask(running);
		break;
	default:
		break;
	}
}

/* The connection ends then; the broker is there. */
static void on_denied(struct host_running *running, const Vmsilo__Broker__Failure *failure)
{
	if (!running->denied)
		log_info(NULL, "cannot follow the broker's VMs: %s", failure->text);
	running->denied = true;
}

static void on_events_answer(void *data, uint16_t type, const ProtobufCMessage *message, int fd)
{
	if (fd >= 0)
		close(fd);
	if (type == FRAME_EVENT)
		on_event(data, (const Vmsilo__Broker__Event *)message);
	if (type == FRAME_FAILURE)
		on_denied(data, (const Vmsilo__Broker__Failure *)message);
	else
		((struct host_running *)data)->denied = false;
}

static void on_events_end(void *data, int reason)
{
	struct host_running *running = data;

	if (!running->denied)
		log_info(NULL, "the connection to the broker ended%s%s", reason < 0 ? ": " : "",
			reason < 0 ? uv_strerror(reason) : "");
	broker_request_cancel(&running->events);
	questions_lost(&running->idle);
	questions_lost(&running->usb);
	uv_timer_start(&running->retry, on_retry,
		running->denied ? BROKER_DENIED_RETRY_MS : BROKER_RETRY_MS, 0);
}

static const struct broker_request_ops events_ops = {
	.on_answer = on_events_answer, .on_end = on_events_end};

static void on_retry(uv_timer_t *timer)
{
	struct host_running *running = timer->data;
	Vmsilo__Broker__Events events = VMSILO__BROKER__EVENTS__INIT;

	int code = broker_request_start(running->loop, running->path, FRAME_EVENTS, &events.base,
		&events_ops, running, &running->events);
	if (code == UV_EPERM && !running->refused)
		log_warning(NULL,
			"%s belongs to another user, or is in a folder that others can write to: "
			"not connecting to it",
			running->path);
	running->refused = code == UV_EPERM;
	if (code < 0)
		uv_timer_start(&running->retry, on_retry, BROKER_RETRY_MS, 0);
}

/* ---- the face ---- */

void host_running_init(struct host_running *running, uv_loop_t *loop, struct host_service *service,
	const char *path)
{
	*running = (struct host_running){.loop = loop, .service = service, .path = path};
	running->source = (struct host_source){.open = stream_open,
		.cancel = stream_cancel,
		.on_items = on_items,
		.on_use = on_use,
		.data = running};
	questions_init(&running->idle, loop, service, path, &idle_question_ops);
	questions_init(&running->usb, loop, service, path, &usb_question_ops);
	host_programs_init(&running->programs, loop, path);
	host_windows_init(&running->windows, loop, path);
	uv_timer_init(loop, &running->retry);
	uv_timer_init(loop, &running->tell);
	running->retry.data = running->tell.data = running;
}

void host_running_start(struct host_running *running)
{
	uv_timer_start(&running->retry, on_retry, 0, 0);
}

void host_running_finish(struct host_running *running)
{
	while (running->count > 0)
		vm_remove(running->vms[0]);
	broker_request_cancel(&running->events);
	broker_request_cancel(&running->list);
	questions_finish(&running->idle);
	questions_finish(&running->usb);
	host_programs_finish(&running->programs);
	host_windows_finish(&running->windows);
	uv_close((uv_handle_t *)&running->retry, NULL);
	uv_close((uv_handle_t *)&running->tell, NULL);
}

void host_running_settings(struct host_running *running)
{
	for (size_t i = 0; i < running->count; i++)
		host_vm_settings(running->vms[i]->vm);
}

void host_running_signal(struct host_running *running, DBusMessage *signal)
{
	questions_signal(&running->idle, signal);
	questions_signal(&running->usb, signal);
	for (size_t i = 0; i < running->count; i++)
		host_vm_signal(running->vms[i]->vm, signal);
}
