#include "tray/guest/item.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/text.h"
#include "tray/bus/value.h"
#include "tray/model/convert.h"
#include "tray/pictures/icon-file.h"

#define REPLIES_MAX 8 /* events under way */

/* When a program that did not answer for its item is asked again: some register first and are ready
 * later. */
static const uint64_t retry_ms[] = {500, 1000, 2000, 5000};
#define RETRIES (sizeof(retry_ms) / sizeof(retry_ms[0]))

/* What a program says of one of its icons. */
struct icon_source {
	const char *name;
	bool has_pixmaps;
	DBusMessageIter pixmaps;
};

struct answer {
	struct guest_item *item;
	uint32_t serial; /* 0: this place is free */
	bool back, ok;
	DBusPendingCall *call;
};

struct guest_item {
	struct bus *bus;
	struct guest_stream *stream;
	struct icon_theme *icons;
	uint32_t number;
	char service[DBUS_MAXIMUM_NAME_LENGTH + 1];
	char owner[DBUS_MAXIMUM_NAME_LENGTH + 1]; /* "": not known */
	char path[ITEM_PATH_MAX + 1];
	void (*on_lost)(void *data, struct guest_item *item);
	void *data;
	uv_timer_t retry;
	size_t failures; /* of reading its properties, one after the other */
	struct item_model model;
	bool known;     /* its properties have come */
	bool again;     /* they changed while they were fetched */
	bool announced; /* to the host */
	bool unsent;    /* its state */
	bool icon_unsent[ITEM_ICONS];
	DBusPendingCall *call;
	struct answer answers[REPLIES_MAX];
	struct guest_menu menu;
};

/* ---- reading ---- */

/* The title and the text of (sa(iiay)ss). */
static void tooltip_read(DBusMessageIter *value, struct item_state *ret)
{
	DBusMessageIter tooltip;
	const char *text;

	if (dbus_message_iter_get_arg_type(value) != DBUS_TYPE_STRUCT)
		return;
	dbus_message_iter_recurse(value, &tooltip);
	for (int i = 0; i < 2; i++)
		if (!dbus_message_iter_next(&tooltip))
			return;
	if (value_get_string(&tooltip, &text))
		text_strip(ret->tooltip_title, sizeof(ret->tooltip_title), text, false);
	if (dbus_message_iter_next(&tooltip) && value_get_string(&tooltip, &text))
		text_strip(ret->tooltip_text, sizeof(ret->tooltip_text), text, true);
}

struct properties {
	struct item_state state;
	struct icon_source icons[ITEM_ICONS];
	const char *folder; /* IconThemePath */
	const char *menu;
};

static void text_property(struct properties *ret, const char *key, const char *text)
{
	struct item_state *state = &ret->state;

	if (strcmp(key, "Id") == 0)
		text_strip(state->id, sizeof(state->id), text, false);
	else if (strcmp(key, "Title") == 0)
		text_strip(state->title, sizeof(state->title), text, false);
	else if (strcmp(key, "Status") == 0)
		state->status = item_status_parse(text);
	else if (strcmp(key, "Category") == 0)
		state->category = item_category_parse(text);
	else if (strcmp(key, "IconThemePath") == 0)
		ret->folder = text;
	else if (strcmp(key, "IconName") == 0)
		ret->icons[ITEM_ICON_NORMAL].name = text;
	else if (strcmp(key, "OverlayIconName") == 0)
		ret->icons[ITEM_ICON_OVERLAY].name = text;
	else if (strcmp(key, "AttentionIconName") == 0)
		ret->icons[ITEM_ICON_ATTENTION].name = text;
	else if (strcmp(key, "Menu") == 0 && strcmp(text, "/NO_DBUSMENU") != 0)
		ret->menu = text;
}

static void property_take(struct properties *ret, const char *key, DBusMessageIter *value)
{
	static const char *const pixmaps[ITEM_ICONS] = {
		"IconPixmap", "OverlayIconPixmap", "AttentionIconPixmap"};
	const char *text;

	if (value_get_string(value, &text)) {
		text_property(ret, key, text);
		return;
	}
	if (strcmp(key, "ItemIsMenu") == 0)
		value_get_bool(value, &ret->state.item_is_menu);
	else if (strcmp(key, "ToolTip") == 0)
		tooltip_read(value, &ret->state);
	for (int i = 0; i < ITEM_ICONS; i++) {
		if (strcmp(key, pixmaps[i]) != 0)
			continue;
		ret->icons[i].has_pixmaps = true;
		ret->icons[i].pixmaps = *value;
	}
}

/* A name that is found comes before pixels, as the specification wants. */
static void icon_make(struct guest_item *item, const char *folder, struct icon_source *source,
	struct picture *ret)
{
	char path[ICON_PATH_SIZE];

	*ret = (struct picture){0};
	if (source->name &&
		icon_theme_find(item->icons, folder, source->name, GUEST_ICON_SIDE, path))
		icon_file_load(path, GUEST_ICON_SIDE, ret);
	if (picture_is_empty(ret) && source->has_pixmaps)
		value_get_pixmaps(&source->pixmaps, GUEST_ICON_SIDE, ret);
}

static void icons_take(struct guest_item *item, struct properties *properties)
{
	for (int i = 0; i < ITEM_ICONS; i++) {
		struct picture fresh;
		icon_make(item, properties->folder, &properties->icons[i], &fresh);
		if (!picture_equal(&fresh, &item->model.icons[i]))
			item->icon_unsent[i] = true;
		picture_finish(&item->model.icons[i]);
		item->model.icons[i] = fresh;
	}
}

static void refresh(struct guest_item *item);

static void properties_take(struct guest_item *item, DBusMessageIter *array)
{
	struct properties properties = {.folder = "", .menu = ""};
	DBusMessageIter element, value;
	const char *key;
	bool first = true;

	while (value_array_next(array, &element, &first))
		if (value_get_entry(&element, &key, &value))
			property_take(&properties, key, &value);
	properties.state.has_menu = properties.menu[0] != '\0';
	icons_take(item, &properties);
	guest_menu_locate(&item->menu, item->service, properties.menu);
	item->unsent = item->unsent || !item_state_equal(&properties.state, &item->model.state);
	item->model.state = properties.state;
	item->known = true;
}

static void on_retry(uv_timer_t *timer)
{
	refresh(timer->data);
}

static bool is_nobody(DBusMessage *reply)
{
	return dbus_message_is_error(reply, DBUS_ERROR_SERVICE_UNKNOWN) ||
	       dbus_message_is_error(reply, DBUS_ERROR_NAME_HAS_NO_OWNER);
}

/* The item may be destroyed when this returns. */
static void properties_failed(struct guest_item *item, DBusMessage *reply)
{
	if (item->failures < RETRIES)
		uv_timer_start(&item->retry, on_retry, retry_ms[item->failures++], 0);
	else if (is_nobody(reply))
		item->on_lost(item->data, item);
}

static void on_properties(void *data, DBusMessage *reply)
{
	struct guest_item *item = data;
	DBusMessageIter from, array;

	if (dbus_message_get_type(reply) != DBUS_MESSAGE_TYPE_METHOD_RETURN ||
		!dbus_message_iter_init(reply, &from) || !value_array_begin(&from, &array)) {
		properties_failed(item, reply);
		return;
	}
	item->failures = 0;
	snprintf(item->owner, sizeof(item->owner), "%s", dbus_message_get_sender(reply));
	properties_take(item, &array);
	if (item->again)
		refresh(item);
	guest_stream_wake(item->stream);
}

static void refresh(struct guest_item *item)
{
	const char *interface = ITEM_INTERFACE;

	item->again = item->call != NULL;
	if (item->call)
		return;
	uv_timer_stop(&item->retry);
	DBusMessage *call = dbus_message_new_method_call(
		item->service, item->path, DBUS_INTERFACE_PROPERTIES, "GetAll");
	if (call) {
		/* A program that is gone is not to be started. */
		dbus_message_set_auto_start(call, FALSE);
		dbus_message_append_args(call, DBUS_TYPE_STRING, &interface, DBUS_TYPE_INVALID);
	}
	bus_call(item->bus, call, on_properties, item, &item->call);
}

void guest_item_owner_set(struct guest_item *item, const char *owner)
{
	snprintf(item->owner, sizeof(item->owner), "%s", owner);
	item->failures = 0;
	refresh(item);
}

void guest_item_signal(struct guest_item *item, DBusMessage *signal)
{
	const char *interface = dbus_message_get_interface(signal);

	if (dbus_message_has_path(signal, item->path) && interface &&
		(strcmp(interface, ITEM_INTERFACE) == 0 ||
			strcmp(interface, DBUS_INTERFACE_PROPERTIES) == 0))
		refresh(item);
	else if (dbus_message_has_path(signal, item->menu.path) && interface &&
		 strcmp(interface, MENU_INTERFACE) == 0)
		guest_menu_changed(&item->menu);
}

/* ---- the user ---- */

static void token_give(struct guest_item *item, const char *token)
{
	DBusMessage *call = dbus_message_new_method_call(
		item->service, item->path, ITEM_INTERFACE, "ProvideXdgActivationToken");

	if (!call)
		return;
	dbus_message_set_no_reply(call, TRUE);
	dbus_message_append_args(call, DBUS_TYPE_STRING, &token, DBUS_TYPE_INVALID);
	bus_send(item->bus, call);
}

/* Ayatana's items have no SecondaryActivate, but this. */
static void ayatana_secondary_activate(struct guest_item *item)
{
	const dbus_uint32_t now = 0;
	DBusMessage *call = dbus_message_new_method_call(
		item->service, item->path, ITEM_INTERFACE, "XAyatanaSecondaryActivate");

	if (!call)
		return;
	dbus_message_set_no_reply(call, TRUE);
	dbus_message_append_args(call, DBUS_TYPE_UINT32, &now, DBUS_TYPE_INVALID);
	bus_send(item->bus, call);
}

static void on_answer(void *data, DBusMessage *reply)
{
	struct answer *answer = data;

	answer->back = true;
	answer->ok = dbus_message_get_type(reply) == DBUS_MESSAGE_TYPE_METHOD_RETURN;
	guest_stream_wake(answer->item->stream);
}

static DBusMessage *event_call(
	const struct guest_item *item, const Vmsilo__Tray__ItemEvent *event, const char *method)
{
	const char *orientation = event->horizontal ? "horizontal" : "vertical";
	const dbus_int32_t x = event->x, y = event->y, delta = event->delta;
	DBusMessage *call =
		dbus_message_new_method_call(item->service, item->path, ITEM_INTERFACE, method);

	if (call && event->action == VMSILO__TRAY__ACTION__ACTION_SCROLL)
		dbus_message_append_args(call, DBUS_TYPE_INT32, &delta, DBUS_TYPE_STRING,
			&orientation, DBUS_TYPE_INVALID);
	else if (call)
		dbus_message_append_args(
			call, DBUS_TYPE_INT32, &x, DBUS_TYPE_INT32, &y, DBUS_TYPE_INVALID);
	return call;
}

static struct answer *answer_free(struct guest_item *item)
{
	for (size_t i = 0; i < REPLIES_MAX; i++)
		if (item->answers[i].serial == 0)
			return &item->answers[i];
	return NULL;
}

void guest_item_event(struct guest_item *item, const Vmsilo__Tray__ItemEvent *event)
{
	static const char *const methods[] = {
		[VMSILO__TRAY__ACTION__ACTION_ACTIVATE] = "Activate",
		[VMSILO__TRAY__ACTION__ACTION_SECONDARY_ACTIVATE] = "SecondaryActivate",
		[VMSILO__TRAY__ACTION__ACTION_CONTEXT_MENU] = "ContextMenu",
		[VMSILO__TRAY__ACTION__ACTION_SCROLL] = "Scroll",
	};
	struct answer *answer = answer_free(item);

	if (event->action < VMSILO__TRAY__ACTION__ACTION_ACTIVATE ||
		event->action > VMSILO__TRAY__ACTION__ACTION_SCROLL)
		return;
	if (event->activation_token[0])
		token_give(item, event->activation_token);
	if (event->action == VMSILO__TRAY__ACTION__ACTION_SECONDARY_ACTIVATE)
		ayatana_secondary_activate(item);
	DBusMessage *call = event_call(item, event, methods[event->action]);
	if (answer && event->serial != 0 && call) {
		*answer = (struct answer){.item = item, .serial = event->serial};
		bus_call(item->bus, call, on_answer, answer, &answer->call);
	} else {
		if (call)
			dbus_message_set_no_reply(call, TRUE);
		bus_send(item->bus, call);
	}
}

/* ---- to the host ---- */

static int state_send(struct guest_item *item)
{
	Vmsilo__Tray__Item message;

	item_to_message(item->number, &item->model.state, &message);
	int code = guest_stream_send(item->stream, FRAME_TRAY_ITEM, &message.base);
	if (code == 0) {
		item->announced = true;
		item->unsent = false;
	}
	return code;
}

static int icon_send(struct guest_item *item, enum item_icon icon)
{
	Vmsilo__Tray__Picture room;
	Vmsilo__Tray__Icon message;

	icon_to_message(item->number, icon, &item->model.icons[icon], &room, &message);
	int code = guest_stream_send(item->stream, FRAME_TRAY_ICON, &message.base);
	if (code == 0)
		item->icon_unsent[icon] = false;
	return code;
}

static int answers_send(struct guest_item *item)
{
	Vmsilo__Tray__Reply reply = VMSILO__TRAY__REPLY__INIT;
	int code = 0;

	for (size_t i = 0; code == 0 && i < REPLIES_MAX; i++) {
		struct answer *answer = &item->answers[i];
		if (answer->serial == 0 || !answer->back)
			continue;
		reply.serial = answer->serial;
		reply.ok = answer->ok;
		code = guest_stream_send(item->stream, FRAME_TRAY_REPLY, &reply.base);
		if (code == 0)
			*answer = (struct answer){0};
	}
	return code;
}

int guest_item_flush(struct guest_item *item)
{
	int code = 0;

	if (!item->known)
		return 0;
	if (item->unsent || !item->announced)
		code = state_send(item);
	for (int i = 0; code == 0 && i < ITEM_ICONS; i++)
		if (item->icon_unsent[i])
			code = icon_send(item, (enum item_icon)i);
	if (code == 0)
		code = guest_menu_flush(&item->menu);
	return code == 0 ? answers_send(item) : code;
}

/* ---- life ---- */

int guest_item_create(struct bus *bus, struct guest_stream *stream, struct icon_theme *icons,
	uint32_t number, const struct guest_item_address *address,
	void (*on_lost)(void *data, struct guest_item *item), void *data, struct guest_item **ret)
{
	struct guest_item *item = calloc(1, sizeof(*item));

	if (!item)
		return UV_ENOMEM;
	item->bus = bus;
	item->stream = stream;
	item->icons = icons;
	item->number = number;
	item->on_lost = on_lost;
	item->data = data;
	snprintf(item->service, sizeof(item->service), "%s", address->service);
	snprintf(item->path, sizeof(item->path), "%s", address->path);
	if (address->service[0] == ':')
		snprintf(item->owner, sizeof(item->owner), "%s", address->service);
	uv_timer_init(stream->loop, &item->retry);
	item->retry.data = item;
	guest_menu_init(&item->menu, bus, stream, icons, number);
	refresh(item);
	*ret = item;
	return 0;
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void guest_item_destroy(struct guest_item *item)
{
	bus_call_cancel(&item->call);
	for (size_t i = 0; i < REPLIES_MAX; i++)
		bus_call_cancel(&item->answers[i].call);
	guest_menu_finish(&item->menu);
	item_model_finish(&item->model);
	uv_close((uv_handle_t *)&item->retry, on_closed);
}

void guest_item_forget(struct guest_item *item)
{
	item->announced = false;
	for (int i = 0; i < ITEM_ICONS; i++)
		item->icon_unsent[i] = !picture_is_empty(&item->model.icons[i]);
	for (size_t i = 0; i < REPLIES_MAX; i++) {
		bus_call_cancel(&item->answers[i].call);
		item->answers[i] = (struct answer){0};
	}
	guest_menu_forget(&item->menu);
}

uint32_t guest_item_number(const struct guest_item *item)
{
	return item->number;
}

const char *guest_item_service(const struct guest_item *item)
{
	return item->service;
}

const char *guest_item_owner(const struct guest_item *item)
{
	return item->owner;
}

const char *guest_item_path(const struct guest_item *item)
{
	return item->path;
}

bool guest_item_announced(const struct guest_item *item)
{
	return item->announced;
}

struct guest_menu *guest_item_menu(struct guest_item *item)
{
	return &item->menu;
}
