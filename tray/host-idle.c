#include "tray/host-idle.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "proto/frame.h"
#include "proto/log.h"
#include "proto/text.h"
#include "tray/bus-value.h"

#define KEEP_ACTION "keep"

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
	bus_call_cancel(&notice->call);
	broker_request_cancel(&notice->keep);
	*notice = (struct idle_notice){.idle = notice->idle};
}

/* ---- to the service ---- */

static void close_call(struct host_idle *idle, uint32_t host_id)
{
	DBusMessage *call = dbus_message_new_method_call(NOTIFICATIONS_NAME, NOTIFICATIONS_PATH,
		NOTIFICATIONS_INTERFACE, "CloseNotification");

	if (call) {
		dbus_message_set_no_reply(call, TRUE);
		dbus_message_append_args(call, DBUS_TYPE_UINT32, &host_id, DBUS_TYPE_INVALID);
	}
	bus_send(idle->service->bus, call);
}

static void notice_close(struct idle_notice *notice)
{
	if (notice->call) {
		notice->close = true;
		return;
	}
	close_call(notice->idle, notice->host_id);
	notice_forget(notice);
}

static void on_notified(void *data, DBusMessage *reply)
{
	struct idle_notice *notice = data;
	dbus_uint32_t host_id = 0;

	if (!dbus_message_get_args(reply, NULL, DBUS_TYPE_UINT32, &host_id, DBUS_TYPE_INVALID)) {
		log_debug(notice->vm, "its notice was refused: %s",
			dbus_message_get_error_name(reply));
		notice_forget(notice);
		return;
	}
	notice->host_id = host_id;
	if (notice->close)
		notice_close(notice);
}

static void put_string(DBusMessageIter *to, const char *text)
{
	dbus_message_iter_append_basic(to, DBUS_TYPE_STRING, &text);
}

static void put_words(DBusMessageIter *to, const char *vm, uint64_t stop_at_ms)
{
	time_t at = (time_t)(stop_at_ms / 1000);
	struct tm local;
	char text[128], clock[16] = "soon";

	if (localtime_r(&at, &local))
		strftime(clock, sizeof(clock), "at %H:%M:%S", &local);
	snprintf(text, sizeof(text), "The VM %s is idle", vm);
	put_string(to, text);
	snprintf(text, sizeof(text), "Nobody uses it. It shuts down %s.", clock);
	put_string(to, text);
}

static void put_actions(DBusMessageIter *to)
{
	DBusMessageIter array;

	dbus_message_iter_open_container(to, DBUS_TYPE_ARRAY, "s", &array);
	put_string(&array, KEEP_ACTION);
	put_string(&array, "Keep it running for an hour");
	dbus_message_iter_close_container(to, &array);
}

/* It goes when it is no longer true, not before. */
static DBusMessage *notify_call(const struct idle_notice *notice, uint64_t stop_at_ms)
{
	const dbus_uint32_t replaces = notice->host_id;
	const dbus_int32_t never = 0;
	DBusMessage *call = dbus_message_new_method_call(
		NOTIFICATIONS_NAME, NOTIFICATIONS_PATH, NOTIFICATIONS_INTERFACE, "Notify");
	DBusMessageIter to, hints;

	if (!call)
		return NULL;
	dbus_message_iter_init_append(call, &to);
	put_string(&to, "vmsilo");
	dbus_message_iter_append_basic(&to, DBUS_TYPE_UINT32, &replaces);
	put_string(&to, "");
	put_words(&to, notice->vm, stop_at_ms);
	put_actions(&to);
	dbus_message_iter_open_container(&to, DBUS_TYPE_ARRAY, "{sv}", &hints);
	dbus_message_iter_close_container(&to, &hints);
	dbus_message_iter_append_basic(&to, DBUS_TYPE_INT32, &never);
	return call;
}

static void notice_show(struct host_idle *idle, const char *vm, uint64_t stop_at_ms)
{
	struct idle_notice *notice = notice_find(idle, vm);

	if (!notice)
		notice = notice_find(idle, "");
	if (!notice || notice->call)
		return;
	snprintf(notice->vm, sizeof(notice->vm), "%s", vm);
	notice->close = false;
	bus_call(idle->service->bus, notify_call(notice, stop_at_ms), on_notified, notice,
		&notice->call);
	if (!notice->call)
		notice_forget(notice);
}

/* ---- the button ---- */

static void on_keep_answer(void *data, uint16_t type, const ProtobufCMessage *message, int fd)
{
	struct idle_notice *notice = data;

	if (fd >= 0)
		close(fd);
	if (type == FRAME_FAILURE)
		log_warning(notice->vm, "the broker does not keep it: %s",
			((const Vmsilo__Broker__Failure *)message)->text);
}

static void on_keep_end(void *data, int reason)
{
	struct idle_notice *notice = data;

	(void)reason;
	broker_request_cancel(&notice->keep);
}

static const struct broker_request_ops keep_ops = {
	.on_answer = on_keep_answer, .on_end = on_keep_end};

static void keep(struct idle_notice *notice)
{
	Vmsilo__Broker__Inhibit inhibit = VMSILO__BROKER__INHIBIT__INIT;

	inhibit.vm = notice->vm;
	inhibit.why = "asked on the desktop";
	inhibit.for_ms = IDLE_KEEP_MS;
	if (!notice->keep &&
		broker_request_start(notice->idle->loop, notice->idle->path, FRAME_INHIBIT,
			&inhibit.base, &keep_ops, notice, &notice->keep) < 0)
		log_warning(notice->vm, "the broker is not there to keep it");
}

/* ---- the face ---- */

void host_idle_init(
	struct host_idle *idle, uv_loop_t *loop, struct host_service *service, const char *path)
{
	*idle = (struct host_idle){.loop = loop, .service = service, .path = path};
	for (size_t i = 0; i < IDLE_NOTICES_MAX; i++)
		idle->list[i].idle = idle;
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
		if (idle->list[i].vm[0])
			notice_close(&idle->list[i]);
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
		notice_close(notice);
}

void host_idle_signal(struct host_idle *idle, DBusMessage *signal)
{
	const char *key = "";
	dbus_uint32_t host_id = 0;
	struct idle_notice *notice = NULL;

	if (!dbus_message_has_interface(signal, NOTIFICATIONS_INTERFACE) ||
		!dbus_message_get_args(signal, NULL, DBUS_TYPE_UINT32, &host_id, DBUS_TYPE_INVALID))
		return;
	for (size_t i = 0; i < IDLE_NOTICES_MAX; i++)
		if (idle->list[i].vm[0] && idle->list[i].host_id == host_id)
			notice = &idle->list[i];
	if (!notice || host_id == 0)
		return;
	if (dbus_message_has_member(signal, "ActionInvoked") &&
		dbus_message_get_args(signal, NULL, DBUS_TYPE_UINT32, &host_id, DBUS_TYPE_STRING,
			&key, DBUS_TYPE_INVALID) &&
		strcmp(key, KEEP_ACTION) == 0)
		keep(notice);
	/* What was asked for with the button is under way still. */
	if (dbus_message_has_member(signal, "NotificationClosed") && !notice->keep)
		notice_forget(notice);
}
