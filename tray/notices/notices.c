#include "tray/notices/notices.h"

#include <stdlib.h>
#include <string.h>

#include "proto/base/cleanup.h"
#include "proto/base/log.h"
#include "proto/base/text.h"
#include "proto/tray.pb-c.h"
#include "tray/bus/value.h"
#include "tray/model/markup.h"
#include "tray/pictures/picture-png.h"

#define IMAGE_SIDE_MIN 48 /* pixels of a marked picture */
#define IMAGE_SIDE_MAX 128

static void notice_send(struct host_notice *notice, const struct notification *notification);

/* ---- to the guest ---- */

static void closed_send(struct host_notices *notices, uint32_t guest_id, uint32_t reason)
{
	Vmsilo__Tray__NotifyClosed closed = VMSILO__TRAY__NOTIFY_CLOSED__INIT;

	closed.id = guest_id;
	closed.reason = reason;
	host_stream_send(notices->stream, FRAME_TRAY_NOTIFY_CLOSED, &closed.base);
}

static void invoked_send(struct host_notices *notices, uint32_t guest_id, const char *key)
{
	Vmsilo__Tray__NotifyInvoked invoked = VMSILO__TRAY__NOTIFY_INVOKED__INIT;

	invoked.id = guest_id;
	invoked.key = (char *)key;
	host_stream_send(notices->stream, FRAME_TRAY_NOTIFY_INVOKED, &invoked.base);
}

static void token_send(struct host_notices *notices, uint32_t guest_id, const char *token)
{
	Vmsilo__Tray__NotifyInvoked invoked = VMSILO__TRAY__NOTIFY_INVOKED__INIT;

	invoked.id = guest_id;
	invoked.activation_token = (char *)token;
	if (strlen(token) <= TRAY_TOKEN_MAX)
		host_stream_send(notices->stream, FRAME_TRAY_NOTIFY_INVOKED, &invoked.base);
}

/* ---- the list ---- */

static void notice_forget(struct host_notice *notice)
{
	bus_call_cancel(&notice->call);
	if (notice->next)
		notification_finish(notice->next);
	free(notice->next);
	*notice = (struct host_notice){.notices = notice->notices};
}

static struct host_notice *notice_find(struct host_notices *notices, uint32_t guest_id)
{
	for (size_t i = 0; i < TRAY_NOTIFICATIONS_MAX; i++)
		if (notices->list[i].guest_id == guest_id)
			return &notices->list[i];
	return NULL;
}

static struct host_notice *notice_of_host(struct host_notices *notices, uint32_t host_id)
{
	for (size_t i = 0; i < TRAY_NOTIFICATIONS_MAX; i++)
		if (notices->list[i].guest_id != 0 && notices->list[i].host_id == host_id)
			return &notices->list[i];
	return NULL;
}

static struct host_notice *notice_add(struct host_notices *notices, uint32_t guest_id)
{
	struct host_notice *notice = notice_find(notices, 0);

	if (!notice) {
		notice = &notices->list[0];
		for (size_t i = 1; i < TRAY_NOTIFICATIONS_MAX; i++)
			if (notices->list[i].age < notice->age)
				notice = &notices->list[i];
		closed_send(notices, notice->guest_id, NOTIFICATION_UNDEFINED);
		notice_forget(notice);
	}
	notice->guest_id = guest_id;
	notice->age = ++notices->age;
	return notice;
}

/* ---- to the service ---- */

static void put_marked(DBusMessageIter *to, const struct host_stream *stream, const char *text)
{
	char marked[MARKED_SIZE];

	host_stream_mark(stream, marked, sizeof(marked), text);
	value_put_string(to, marked);
}

static void put_actions(DBusMessageIter *to, const struct notification *notification)
{
	char clean[TRAY_LABEL_MAX + 1], label[TRAY_LABEL_MAX * MARKUP_DEFUSE_FACTOR + 1];
	DBusMessageIter array;

	dbus_message_iter_open_container(to, DBUS_TYPE_ARRAY, "s", &array);
	for (size_t i = 0; i < notification->actions_count; i++) {
		/* The key comes back as it is sent, and is never shown. */
		text_strip(clean, sizeof(clean), notification->actions[i].key, false);
		if (strcmp(clean, notification->actions[i].key) != 0)
			continue;
		value_put_string(&array, clean);
		text_strip(clean, sizeof(clean), notification->actions[i].label, false);
		markup_defuse(label, sizeof(label), clean);
		value_put_string(&array, label);
	}
	dbus_message_iter_close_container(to, &array);
}

/* (iiibiiay): width, height, bytes of a row, alpha, bits, channels, R G B A */
static void put_image(DBusMessageIter *dict, const struct picture *picture)
{
	const dbus_int32_t numbers[] = {(dbus_int32_t)picture->width, (dbus_int32_t)picture->height,
		(dbus_int32_t)picture->width * 4, 8, 4};
	const dbus_bool_t alpha = TRUE;
	const char *key = "image-data";
	_cleanup_free_ uint8_t *rgba = picture_to_rgba(picture);
	DBusMessageIter entry, variant, image, bytes;

	if (!rgba)
		return;
	dbus_message_iter_open_container(dict, DBUS_TYPE_DICT_ENTRY, NULL, &entry);
	dbus_message_iter_append_basic(&entry, DBUS_TYPE_STRING, &key);
	dbus_message_iter_open_container(&entry, DBUS_TYPE_VARIANT, "(iiibiiay)", &variant);
	dbus_message_iter_open_container(&variant, DBUS_TYPE_STRUCT, NULL, &image);
	for (int i = 0; i < 3; i++)
		dbus_message_iter_append_basic(&image, DBUS_TYPE_INT32, &numbers[i]);
	dbus_message_iter_append_basic(&image, DBUS_TYPE_BOOLEAN, &alpha);
	for (int i = 3; i < 5; i++)
		dbus_message_iter_append_basic(&image, DBUS_TYPE_INT32, &numbers[i]);
	dbus_message_iter_open_container(&image, DBUS_TYPE_ARRAY, "y", &bytes);
	dbus_message_iter_append_fixed_array(
		&bytes, DBUS_TYPE_BYTE, &rgba, numbers[2] * numbers[1]);
	dbus_message_iter_close_container(&image, &bytes);
	dbus_message_iter_close_container(&variant, &image);
	dbus_message_iter_close_container(&entry, &variant);
	dbus_message_iter_close_container(dict, &entry);
}

static void put_marked_image(
	DBusMessageIter *dict, const struct picture *picture, struct colour colour)
{
	uint32_t side = picture->width > picture->height ? picture->width : picture->height;
	struct picture marked;

	side = side < IMAGE_SIDE_MIN   ? IMAGE_SIDE_MIN
	       : side > IMAGE_SIDE_MAX ? IMAGE_SIDE_MAX
				       : side;
	if (picture_mark(picture, side, colour, &marked) < 0)
		return;
	put_image(dict, &marked);
	picture_finish(&marked);
}

static void put_hints(DBusMessageIter *to, const struct host_stream *stream,
	const struct notification *notification)
{
	const dbus_bool_t yes = TRUE;
	const dbus_int32_t progress = notification->progress - 1;
	char category[TRAY_ID_MAX + 1];
	const char *category_at = category;
	DBusMessageIter dict;

	dbus_message_iter_open_container(to, DBUS_TYPE_ARRAY, "{sv}", &dict);
	value_put_entry(&dict, "urgency", DBUS_TYPE_BYTE, &notification->urgency);
	if (notification->transient)
		value_put_entry(&dict, "transient", DBUS_TYPE_BOOLEAN, &yes);
	if (notification->resident)
		value_put_entry(&dict, "resident", DBUS_TYPE_BOOLEAN, &yes);
	if (notification->progress > 0)
		value_put_entry(&dict, "value", DBUS_TYPE_INT32, &progress);
	/* Only what the specification's own names are made of: services look for icons by it. */
	text_strip(category, sizeof(category), notification->category, false);
	if (category[0] && strspn(category, "abcdefghijklmnopqrstuvwxyz-.") == strlen(category))
		value_put_entry(&dict, "category", DBUS_TYPE_STRING, &category_at);
	put_marked_image(&dict, &notification->image, stream->colour);
	dbus_message_iter_close_container(to, &dict);
}

static DBusMessage *notify_call(
	const struct host_notice *notice, const struct notification *notification)
{
	const struct host_notices *notices = notice->notices;
	const dbus_int32_t expire_ms = notification->expire_ms;
	const dbus_uint32_t replaces = notice->host_id;
	DBusMessage *call = dbus_message_new_method_call(
		NOTIFICATIONS_NAME, NOTIFICATIONS_PATH, NOTIFICATIONS_INTERFACE, "Notify");
	char body[TRAY_TEXT_MAX + 1];
	DBusMessageIter to;

	if (!call)
		return NULL;
	dbus_message_iter_init_append(call, &to);
	put_marked(&to, notices->stream, notification->app_name);
	dbus_message_iter_append_basic(&to, DBUS_TYPE_UINT32, &replaces);
	value_put_string(&to, "");
	put_marked(&to, notices->stream, notification->summary);
	text_strip(body, sizeof(body), notification->body, true);
	host_service_put_body(notices->service, &to, body);
	put_actions(&to, notification);
	put_hints(&to, notices->stream, notification);
	dbus_message_iter_append_basic(&to, DBUS_TYPE_INT32, &expire_ms);
	return call;
}

static void on_notified(void *data, DBusMessage *reply)
{
	struct host_notice *notice = data;
	struct notification *next = steal_pointer(&notice->next);
	dbus_uint32_t host_id = 0;

	if (!dbus_message_get_args(reply, NULL, DBUS_TYPE_UINT32, &host_id, DBUS_TYPE_INVALID)) {
		log_debug(notice->notices->stream->vm, "the desktop refused a notification: %s",
			dbus_message_get_error_name(reply));
		closed_send(notice->notices, notice->guest_id, NOTIFICATION_UNDEFINED);
		notice_forget(notice);
	} else {
		notice->host_id = host_id;
		if (notice->close)
			host_service_close(notice->notices->service, host_id);
		else if (next)
			notice_send(notice, next);
	}
	if (next)
		notification_finish(next);
	free(next);
}

static void notice_send(struct host_notice *notice, const struct notification *notification)
{
	bus_call(notice->notices->service->bus, notify_call(notice, notification), on_notified,
		notice, &notice->call);
}

/* ---- the face ---- */

void host_notices_init(
	struct host_notices *notices, struct host_stream *stream, struct host_service *service)
{
	*notices = (struct host_notices){.stream = stream, .service = service};
	for (size_t i = 0; i < TRAY_NOTIFICATIONS_MAX; i++)
		notices->list[i].notices = notices;
}

void host_notices_finish(struct host_notices *notices)
{
	for (size_t i = 0; i < TRAY_NOTIFICATIONS_MAX; i++)
		notice_forget(&notices->list[i]);
}

/* While the service has not answered yet, only the last one matters. */
static void notice_wait(struct host_notice *notice, struct notification *notification)
{
	if (!notice->next)
		notice->next = calloc(1, sizeof(*notice->next));
	else
		notification_finish(notice->next);
	if (!notice->next)
		return;
	*notice->next = *notification;
	notification->image = (struct picture){0};
}

void host_notices_notify(struct host_notices *notices, struct notification *notification)
{
	struct host_notice *notice = notice_find(notices, notification->id);

	if (!notice)
		notice = notice_add(notices, notification->id);
	notice->close = false;
	if (notice->call)
		notice_wait(notice, notification);
	else
		notice_send(notice, notification);
	notification_finish(notification);
}

void host_notices_close(struct host_notices *notices, uint32_t guest_id)
{
	struct host_notice *notice = guest_id != 0 ? notice_find(notices, guest_id) : NULL;

	if (!notice)
		return;
	if (notice->call)
		notice->close = true;
	else
		host_service_close(notices->service, notice->host_id);
}

void host_notices_signal(struct host_notices *notices, DBusMessage *signal)
{
	const char *text = "";
	dbus_uint32_t host_id = 0, reason = 0;
	struct host_notice *notice;

	if (!dbus_message_has_interface(signal, NOTIFICATIONS_INTERFACE) ||
		!dbus_message_get_args(
			signal, NULL, DBUS_TYPE_UINT32, &host_id, DBUS_TYPE_INVALID) ||
		!(notice = notice_of_host(notices, host_id)))
		return;
	if (dbus_message_get_args(signal, NULL, DBUS_TYPE_UINT32, &host_id, DBUS_TYPE_STRING, &text,
		    DBUS_TYPE_INVALID)) {
		if (dbus_message_has_member(signal, "ActionInvoked"))
			invoked_send(notices, notice->guest_id, text);
		else if (dbus_message_has_member(signal, "ActivationToken"))
			token_send(notices, notice->guest_id, text);
		return;
	}
	dbus_message_get_args(signal, NULL, DBUS_TYPE_UINT32, &host_id, DBUS_TYPE_UINT32, &reason,
		DBUS_TYPE_INVALID);
	if (!dbus_message_has_member(signal, "NotificationClosed") || notice->call)
		return;
	closed_send(notices, notice->guest_id, reason >= 1 && reason <= 4 ? reason : 4);
	notice_forget(notice);
}
