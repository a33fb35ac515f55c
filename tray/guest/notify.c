#include "tray/guest/notify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/text.h"
#include "tray/bus/object.h"
#include "tray/bus/value.h"
#include "tray/model/convert.h"
#include "tray/model/notify-ids.h"
#include "tray/pictures/icon-file.h"

#define WAITING_MAX 32 /* notifications that wait for the host */
#define IMAGE_SIDE 128 /* pixels that are sent */
#define CAPABILITIES_MAX 16
#define CAPABILITY_SIZE 32

struct guest_notify {
	struct bus *bus;
	struct guest_stream *stream;
	struct icon_theme *icons;
	struct notify_ids ids;
	char capabilities[CAPABILITIES_MAX][CAPABILITY_SIZE];
	size_t capabilities_count;
	struct notification *waiting[WAITING_MAX];
	size_t waiting_count;
	uint32_t closing[WAITING_MAX];
	size_t closing_count;
};

/* ---- reading ---- */

/* Where the picture may come from, the best first: image-data, image-path, app_icon, icon_data. */
struct images {
	bool has_data, has_old_data;
	DBusMessageIter data, old_data;
	const char *path;
};

/* What of the hints is not the notification's own. */
struct hints {
	struct images images;
	const char *tag; /* NULL: none */
};

/* (iiibiiay) */
static void rows_read(DBusMessageIter *value, struct picture *ret)
{
	DBusMessageIter image;
	int64_t numbers[3] = {0}, bits = 0, channels = 0;
	const uint8_t *bytes;
	size_t length;
	bool alpha = false;

	if (dbus_message_iter_get_arg_type(value) != DBUS_TYPE_STRUCT)
		return;
	dbus_message_iter_recurse(value, &image);
	for (int i = 0; i < 3; i++)
		if (!value_get_integer(&image, &numbers[i]) || !dbus_message_iter_next(&image))
			return;
	if (!value_get_bool(&image, &alpha) || !dbus_message_iter_next(&image) ||
		!value_get_integer(&image, &bits) || !dbus_message_iter_next(&image) ||
		!value_get_integer(&image, &channels) || !dbus_message_iter_next(&image) ||
		!value_get_bytes(&image, &bytes, &length))
		return;
	if (bits == 8 && channels == (alpha ? 4 : 3))
		icon_rows_load(
			bytes, length, numbers[0], numbers[1], numbers[2], alpha, IMAGE_SIDE, ret);
}

static void name_read(struct guest_notify *notify, const char *name, struct picture *ret)
{
	char path[ICON_PATH_SIZE];

	if (name && name[0] && icon_theme_find(notify->icons, "", name, IMAGE_SIDE, path))
		icon_file_load(path, IMAGE_SIDE, ret);
}

static void image_read(struct guest_notify *notify, struct images *images, const char *app_icon,
	struct picture *ret)
{
	*ret = (struct picture){0};
	if (images->has_data)
		rows_read(&images->data, ret);
	if (picture_is_empty(ret))
		name_read(notify, images->path, ret);
	if (picture_is_empty(ret))
		name_read(notify, app_icon, ret);
	if (picture_is_empty(ret) && images->has_old_data)
		rows_read(&images->old_data, ret);
}

static void number_hint(struct notification *ret, const char *key, int64_t number)
{
	if (strcmp(key, "urgency") == 0 && number >= 0 && number <= 2)
		ret->urgency = (uint8_t)number;
	else if (strcmp(key, "value") == 0)
		ret->progress = (uint8_t)(1 + (number < 0 ? 0 : number > 100 ? 100 : number));
	/* Some programs send numbers for yes and no. */
	else if (strcmp(key, "transient") == 0)
		ret->transient = number != 0;
	else if (strcmp(key, "resident") == 0)
		ret->resident = number != 0;
}

/* Notifications of one program with the same tag take each other's place: a volume, a brightness.
 */
static bool is_tag(const char *key)
{
	return strcmp(key, "x-canonical-private-synchronous") == 0 ||
	       strcmp(key, "private-synchronous") == 0 || strcmp(key, "synchronous") == 0 ||
	       strcmp(key, "x-dunst-stack-tag") == 0;
}

static void hint_take(
	struct notification *ret, struct hints *hints, const char *key, DBusMessageIter *value)
{
	struct images *images = &hints->images;
	const char *text;
	int64_t number;
	bool is;

	if (value_get_integer(value, &number)) {
		number_hint(ret, key, number);
	} else if (value_get_bool(value, &is)) {
		number_hint(ret, key, is);
	} else if (value_get_string(value, &text)) {
		if (strcmp(key, "category") == 0)
			text_strip(ret->category, sizeof(ret->category), text, false);
		else if (strcmp(key, "image-path") == 0 || strcmp(key, "image_path") == 0)
			images->path = text;
		else if (is_tag(key))
			hints->tag = text;
	} else if (strcmp(key, "image-data") == 0 || strcmp(key, "image_data") == 0) {
		images->has_data = true;
		images->data = *value;
	} else if (strcmp(key, "icon_data") == 0) {
		images->has_old_data = true;
		images->old_data = *value;
	}
}

static void hints_read(DBusMessageIter *from, struct notification *ret, struct hints *hints)
{
	DBusMessageIter array, element, value;
	const char *key;
	bool first = true;

	if (!value_array_begin(from, &array))
		return;
	while (value_array_next(&array, &element, &first))
		if (value_get_entry(&element, &key, &value))
			hint_take(ret, hints, key, &value);
}

/* Pairs of key and label; one that does not fit is left out. */
static void actions_read(DBusMessageIter *from, struct notification *ret)
{
	DBusMessageIter array, element;
	const char *key, *label;
	bool first = true;

	value_array_begin(from, &array);
	while (ret->actions_count < TRAY_ACTIONS_MAX &&
		value_array_next(&array, &element, &first)) {
		struct notification_action *action = &ret->actions[ret->actions_count];
		if (!value_get_string(&element, &key) ||
			!value_array_next(&array, &element, &first) ||
			!value_get_string(&element, &label))
			return;
		if (!key[0] || strlen(key) > TRAY_LABEL_MAX)
			continue;
		snprintf(action->key, sizeof(action->key), "%s", key);
		text_strip(action->label, sizeof(action->label), label, false);
		ret->actions_count++;
	}
}

/* susssasa{sv}i */
static void notification_read(struct guest_notify *notify, DBusMessage *call,
	struct notification *ret, char ret_tag[NOTIFY_TAG_SIZE])
{
	const char *text = "", *app_icon = "";
	struct hints hints = {0};
	DBusMessageIter from;

	*ret = (struct notification){.urgency = 1};
	dbus_message_iter_init(call, &from);
	dbus_message_iter_get_basic(&from, &text);
	text_strip(ret->app_name, sizeof(ret->app_name), text, false);
	dbus_message_iter_next(&from);
	dbus_message_iter_get_basic(&from, &ret->id);
	dbus_message_iter_next(&from);
	dbus_message_iter_get_basic(&from, &app_icon);
	dbus_message_iter_next(&from);
	dbus_message_iter_get_basic(&from, &text);
	text_strip(ret->summary, sizeof(ret->summary), text, false);
	dbus_message_iter_next(&from);
	dbus_message_iter_get_basic(&from, &text);
	text_strip(ret->body, sizeof(ret->body), text, true);
	dbus_message_iter_next(&from);
	actions_read(&from, ret);
	dbus_message_iter_next(&from);
	hints_read(&from, ret, &hints);
	dbus_message_iter_next(&from);
	dbus_message_iter_get_basic(&from, &ret->expire_ms);
	if (ret->expire_ms < -1)
		ret->expire_ms = -1;
	image_read(notify, &hints.images, app_icon, &ret->image);
	snprintf(ret_tag, NOTIFY_TAG_SIZE, "%s", hints.tag ? hints.tag : "");
}

/* ---- methods ---- */

/* The place of one with this number that waits, or a new one. */
static struct notification **waiting_place(struct guest_notify *notify, uint32_t id)
{
	for (size_t i = 0; i < notify->waiting_count; i++)
		if (notify->waiting[i]->id == id)
			return &notify->waiting[i];
	if (notify->waiting_count == WAITING_MAX)
		return NULL;
	struct notification *fresh = calloc(1, sizeof(*fresh));
	if (!fresh)
		return NULL;
	notify->waiting[notify->waiting_count] = fresh;
	return &notify->waiting[notify->waiting_count++];
}

static DBusMessage *on_notify(void *data, DBusMessage *call)
{
	struct guest_notify *notify = data;
	struct notification notification;
	char tag[NOTIFY_TAG_SIZE];

	notification_read(notify, call, &notification, tag);
	notification.id =
		notify_ids_choose(&notify->ids, notification.id, notification.app_name, tag);
	struct notification **place = waiting_place(notify, notification.id);
	if (!place) {
		notification_finish(&notification);
		return dbus_message_new_error(call,
			"org.freedesktop.Notifications.Error.ExcessNotificationGeneration",
			"more notifications than the host accepts");
	}
	notification_finish(*place);
	**place = notification;
	DBusMessage *reply = dbus_message_new_method_return(call);
	if (reply)
		dbus_message_append_args(
			reply, DBUS_TYPE_UINT32, &notification.id, DBUS_TYPE_INVALID);
	guest_stream_wake(notify->stream);
	return reply;
}

static void waiting_remove(struct guest_notify *notify, size_t index)
{
	notification_finish(notify->waiting[index]);
	free(notify->waiting[index]);
	notify->waiting_count--;
	memmove(&notify->waiting[index], &notify->waiting[index + 1],
		(notify->waiting_count - index) * sizeof(notify->waiting[0]));
}

static void closed_emit(struct guest_notify *notify, uint32_t id, uint32_t reason)
{
	DBusMessage *signal = dbus_message_new_signal(
		NOTIFICATIONS_PATH, NOTIFICATIONS_INTERFACE, "NotificationClosed");

	if (signal)
		dbus_message_append_args(signal, DBUS_TYPE_UINT32, &id, DBUS_TYPE_UINT32, &reason,
			DBUS_TYPE_INVALID);
	bus_send(notify->bus, signal);
}

static DBusMessage *on_close(void *data, DBusMessage *call)
{
	struct guest_notify *notify = data;
	dbus_uint32_t id = 0;

	dbus_message_get_args(call, NULL, DBUS_TYPE_UINT32, &id, DBUS_TYPE_INVALID);
	for (size_t i = 0; i < notify->waiting_count; i++) {
		if (notify->waiting[i]->id != id)
			continue;
		waiting_remove(notify, i);
		closed_emit(notify, id, NOTIFICATION_CLOSED);
		return dbus_message_new_method_return(call);
	}
	if (id != 0 && notify->closing_count < WAITING_MAX)
		notify->closing[notify->closing_count++] = id;
	guest_stream_wake(notify->stream);
	return dbus_message_new_method_return(call);
}

static DBusMessage *on_capabilities(void *data, DBusMessage *call)
{
	struct guest_notify *notify = data;
	DBusMessage *reply = dbus_message_new_method_return(call);
	DBusMessageIter to, array;

	if (!reply)
		return NULL;
	dbus_message_iter_init_append(reply, &to);
	dbus_message_iter_open_container(&to, DBUS_TYPE_ARRAY, "s", &array);
	for (size_t i = 0; i < notify->capabilities_count; i++) {
		const char *name = notify->capabilities[i];
		dbus_message_iter_append_basic(&array, DBUS_TYPE_STRING, &name);
	}
	dbus_message_iter_close_container(&to, &array);
	return reply;
}

static DBusMessage *on_information(void *data, DBusMessage *call)
{
	const char *name = "vmsilo", *version = VMSILO_VERSION, *specification = "1.2";
	DBusMessage *reply = dbus_message_new_method_return(call);

	(void)data;
	if (reply)
		dbus_message_append_args(reply, DBUS_TYPE_STRING, &name, DBUS_TYPE_STRING, &name,
			DBUS_TYPE_STRING, &version, DBUS_TYPE_STRING, &specification,
			DBUS_TYPE_INVALID);
	return reply;
}

static const struct bus_method methods[] = {
	{"Notify", "susssasa{sv}i", on_notify},
	{"CloseNotification", "u", on_close},
	{"GetCapabilities", "", on_capabilities},
	{"GetServerInformation", "", on_information},
	{0},
};

static const struct bus_property properties[] = {{0}};

static const struct bus_object object = {
	.interface = NOTIFICATIONS_INTERFACE,
	.methods = methods,
	.properties = properties,
	.introspection =
		"<interface name=\"org.freedesktop.Notifications\">"
		"<method name=\"Notify\"><arg type=\"s\" direction=\"in\"/>"
		"<arg type=\"u\" direction=\"in\"/><arg type=\"s\" direction=\"in\"/>"
		"<arg type=\"s\" direction=\"in\"/><arg type=\"s\" direction=\"in\"/>"
		"<arg type=\"as\" direction=\"in\"/><arg type=\"a{sv}\" direction=\"in\"/>"
		"<arg type=\"i\" direction=\"in\"/><arg type=\"u\" direction=\"out\"/></method>"
		"<method name=\"CloseNotification\"><arg type=\"u\" direction=\"in\"/></method>"
		"<method name=\"GetCapabilities\"><arg type=\"as\" direction=\"out\"/></method>"
		"<method name=\"GetServerInformation\"><arg type=\"s\" direction=\"out\"/>"
		"<arg type=\"s\" direction=\"out\"/><arg type=\"s\" direction=\"out\"/>"
		"<arg type=\"s\" direction=\"out\"/></method>"
		"<signal name=\"NotificationClosed\"><arg type=\"u\"/><arg type=\"u\"/></signal>"
		"<signal name=\"ActionInvoked\"><arg type=\"u\"/><arg type=\"s\"/></signal>"
		"<signal name=\"ActivationToken\"><arg type=\"u\"/><arg type=\"s\"/></signal>"
		"</interface>",
};

/* ---- the host ---- */

void guest_notify_settings(struct guest_notify *notify, const Vmsilo__Tray__Settings *settings)
{
	notify->capabilities_count = 0;
	for (size_t i = 0; i < settings->n_capabilities && i < CAPABILITIES_MAX; i++)
		snprintf(notify->capabilities[notify->capabilities_count++], CAPABILITY_SIZE, "%s",
			settings->capabilities[i]);
}

static int waiting_send(struct guest_notify *notify)
{
	struct notification_message room;

	notification_to_message(notify->waiting[0], &room);
	int code = guest_stream_send(notify->stream, FRAME_TRAY_NOTIFY, &room.notify.base);
	if (code == 0 || code == UV_EMSGSIZE)
		waiting_remove(notify, 0);
	return code == UV_EMSGSIZE ? 0 : code;
}

int guest_notify_flush(struct guest_notify *notify)
{
	Vmsilo__Tray__NotifyClose close = VMSILO__TRAY__NOTIFY_CLOSE__INIT;
	int code = 0;

	while (code == 0 && notify->closing_count > 0) {
		close.id = notify->closing[notify->closing_count - 1];
		code = guest_stream_send(notify->stream, FRAME_TRAY_NOTIFY_CLOSE, &close.base);
		if (code == 0)
			notify->closing_count--;
	}
	while (code == 0 && notify->waiting_count > 0 && notify->stream->notices)
		code = waiting_send(notify);
	return code;
}

static void text_emit(struct guest_notify *notify, const char *name, uint32_t id, const char *text)
{
	DBusMessage *signal =
		dbus_message_new_signal(NOTIFICATIONS_PATH, NOTIFICATIONS_INTERFACE, name);

	if (signal)
		dbus_message_append_args(
			signal, DBUS_TYPE_UINT32, &id, DBUS_TYPE_STRING, &text, DBUS_TYPE_INVALID);
	bus_send(notify->bus, signal);
}

void guest_notify_invoked(struct guest_notify *notify, const Vmsilo__Tray__NotifyInvoked *invoked)
{
	if (invoked->activation_token[0])
		text_emit(notify, "ActivationToken", invoked->id, invoked->activation_token);
	if (invoked->key[0])
		text_emit(notify, "ActionInvoked", invoked->id, invoked->key);
}

void guest_notify_closed(struct guest_notify *notify, const Vmsilo__Tray__NotifyClosed *closed)
{
	closed_emit(notify, closed->id, closed->reason);
}

/* ---- life ---- */

int guest_notify_create(struct bus *bus, struct guest_stream *stream, struct icon_theme *icons,
	struct guest_notify **ret)
{
	struct guest_notify *notify = calloc(1, sizeof(*notify));

	if (!notify)
		return UV_ENOMEM;
	notify->bus = bus;
	notify->stream = stream;
	notify->icons = icons;
	int code = bus_object_register(bus, NOTIFICATIONS_PATH, &object, notify);
	if (code < 0) {
		free(notify);
		return code;
	}
	*ret = notify;
	return 0;
}

void guest_notify_destroy(struct guest_notify *notify)
{
	while (notify->waiting_count > 0)
		waiting_remove(notify, 0);
	free(notify);
}
