#include "tray/shown/item.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "proto/base/text.h"
#include "proto/io/closer.h"
#include "proto/tray.pb-c.h"
#include "tray/bus/object.h"
#include "tray/bus/value.h"
#include "tray/model/markup.h"
#include "tray/shown/menu.h"
#include "tray/shown/pending.h"

#define KEPT_SIDE_MAX 128  /* pixels of the largest picture that is kept */
#define SHOWN_SIDE_SURE 48 /* up to here every size is made, above only what the picture has */

#define PANEL_PATIENCE_MS 1000
#define PANEL_SETTLE_MS 1500

static const uint32_t sides[] = {16, 22, 24, 32, 48, 64, 128};
#define SIDES (sizeof(sides) / sizeof(sides[0]))

struct host_item {
	struct host_stream *stream;
	struct bus *bus;
	uint32_t number;
	struct item_model model;        /* strings as the guest sent them */
	char token[TRAY_TOKEN_MAX + 1]; /* for the next event */
	struct host_menu menu;
	struct host_pending pending;
	bool registered; /* with the watcher that is there */
	DBusPendingCall *watcher_call;
	struct closer closer;
	uv_timer_t patience; /* with a watcher that has no panel yet */
};

/* ---- events ---- */

static DBusMessage *event_send(
	struct host_item *item, DBusMessage *call, Vmsilo__Tray__ItemEvent *event)
{
	event->item = item->number;
	event->serial = host_stream_serial(item->stream);
	event->activation_token = item->token;
	if (dbus_message_get_no_reply(call))
		event->serial = 0;
	else if (!host_pending_add(&item->pending, PENDING_EVENT, event->serial, call))
		return dbus_message_new_error(
			call, DBUS_ERROR_LIMITS_EXCEEDED, "the VM does not answer");
	host_stream_send(item->stream, FRAME_TRAY_ITEM_EVENT, &event->base);
	item->token[0] = '\0';
	return NULL;
}

static DBusMessage *event_at(void *data, DBusMessage *call, Vmsilo__Tray__Action action)
{
	Vmsilo__Tray__ItemEvent event = VMSILO__TRAY__ITEM_EVENT__INIT;

	event.action = action;
	dbus_message_get_args(call, NULL, DBUS_TYPE_INT32, &event.x, DBUS_TYPE_INT32, &event.y,
		DBUS_TYPE_INVALID);
	return event_send(data, call, &event);
}

static DBusMessage *on_activate(void *data, DBusMessage *call)
{
	return event_at(data, call, VMSILO__TRAY__ACTION__ACTION_ACTIVATE);
}

static DBusMessage *on_secondary_activate(void *data, DBusMessage *call)
{
	return event_at(data, call, VMSILO__TRAY__ACTION__ACTION_SECONDARY_ACTIVATE);
}

static DBusMessage *on_context_menu(void *data, DBusMessage *call)
{
	return event_at(data, call, VMSILO__TRAY__ACTION__ACTION_CONTEXT_MENU);
}

static DBusMessage *on_scroll(void *data, DBusMessage *call)
{
	Vmsilo__Tray__ItemEvent event = VMSILO__TRAY__ITEM_EVENT__INIT;
	const char *orientation = "";

	event.action = VMSILO__TRAY__ACTION__ACTION_SCROLL;
	dbus_message_get_args(call, NULL, DBUS_TYPE_INT32, &event.delta, DBUS_TYPE_STRING,
		&orientation, DBUS_TYPE_INVALID);
	event.horizontal = strcasecmp(orientation, "horizontal") == 0;
	return event_send(data, call, &event);
}

static DBusMessage *on_token(void *data, DBusMessage *call)
{
	struct host_item *item = data;
	const char *token = "";

	dbus_message_get_args(call, NULL, DBUS_TYPE_STRING, &token, DBUS_TYPE_INVALID);
	if (strlen(token) <= TRAY_TOKEN_MAX)
		snprintf(item->token, sizeof(item->token), "%s", token);
	return dbus_message_new_method_return(call);
}

static const struct bus_method methods[] = {
	{"Activate", "ii", on_activate},
	{"SecondaryActivate", "ii", on_secondary_activate},
	{"ContextMenu", "ii", on_context_menu},
	{"Scroll", "is", on_scroll},
	{"ProvideXdgActivationToken", "s", on_token},
	{0},
};

/* ---- properties ---- */

static void put_string(DBusMessageIter *to, const char *text)
{
	value_put_variant(to, DBUS_TYPE_STRING, &text);
}

static void put_nothing(DBusMessageIter *to, void *data)
{
	(void)data;
	put_string(to, "");
}

static void put_category(DBusMessageIter *to, void *data)
{
	struct host_item *item = data;

	put_string(to, item_category_name(item->model.state.category));
}

/* Panels remember items by it, in files perhaps: letters and digits of the guest's only. */
static void put_id(DBusMessageIter *to, void *data)
{
	struct host_item *item = data;
	char id[VM_NAME_MAX + TRAY_ID_MAX + 16];
	int length = snprintf(id, sizeof(id), "vmsilo-%s-", item->stream->vm);

	for (const char *at = item->model.state.id; *at; at++)
		id[length++] = (char)(isalnum((unsigned char)*at) ? *at : '_');
	id[length] = '\0';
	put_string(to, id);
}

static void put_marked(DBusMessageIter *to, const struct host_item *item)
{
	const struct item_state *state = &item->model.state;
	char title[MARKED_SIZE];

	host_stream_mark(
		item->stream, title, sizeof(title), state->title[0] ? state->title : state->id);
	put_string(to, title);
}

static void put_title(DBusMessageIter *to, void *data)
{
	put_marked(to, data);
}

static void put_status(DBusMessageIter *to, void *data)
{
	struct host_item *item = data;

	put_string(to, item_status_name(item->model.state.status));
}

static void put_window(DBusMessageIter *to, void *data)
{
	const dbus_int32_t none = 0;

	(void)data;
	value_put_variant(to, DBUS_TYPE_INT32, &none);
}

static void put_menu(DBusMessageIter *to, void *data)
{
	struct host_item *item = data;
	const char *path = item->model.state.has_menu ? HOST_MENU_PATH : "/NO_DBUSMENU";

	value_put_variant(to, DBUS_TYPE_OBJECT_PATH, &path);
}

static void put_is_menu(DBusMessageIter *to, void *data)
{
	struct host_item *item = data;
	const dbus_bool_t is_menu = item->model.state.item_is_menu;

	value_put_variant(to, DBUS_TYPE_BOOLEAN, &is_menu);
}

static void put_pictures(DBusMessageIter *to, const struct picture *pictures, size_t count)
{
	DBusMessageIter variant;

	if (!dbus_message_iter_open_container(to, DBUS_TYPE_VARIANT, "a(iiay)", &variant))
		return;
	value_put_pixmaps(&variant, pictures, count);
	dbus_message_iter_close_container(to, &variant);
}

/* The picture with the overlay and the border, at the sizes that panels use. */
static void put_icon(DBusMessageIter *to, const struct host_item *item, enum item_icon icon)
{
	const struct picture *icons = item->model.icons;
	struct picture drawn, marked[SIDES] = {{0}};
	uint32_t longest =
		icons[icon].width > icons[icon].height ? icons[icon].width : icons[icon].height;

	if (picture_fit(&icons[icon], KEPT_SIDE_MAX, &drawn) == 0)
		picture_overlay(&drawn, &icons[ITEM_ICON_OVERLAY]);
	for (size_t i = 0; i < SIDES; i++)
		if (sides[i] <= SHOWN_SIDE_SURE || sides[i] <= longest)
			picture_mark(&drawn, sides[i], item->stream->colour, &marked[i]);
	put_pictures(to, marked, SIDES);
	for (size_t i = 0; i < SIDES; i++)
		picture_finish(&marked[i]);
	picture_finish(&drawn);
}

static void put_normal_icon(DBusMessageIter *to, void *data)
{
	put_icon(to, data, ITEM_ICON_NORMAL);
}

static void put_attention_icon(DBusMessageIter *to, void *data)
{
	struct host_item *item = data;

	if (picture_is_empty(&item->model.icons[ITEM_ICON_ATTENTION]))
		put_icon(to, item, ITEM_ICON_NORMAL);
	else
		put_icon(to, item, ITEM_ICON_ATTENTION);
}

static void put_no_pictures(DBusMessageIter *to, void *data)
{
	(void)data;
	put_pictures(to, NULL, 0);
}

static void put_tooltip(DBusMessageIter *to, void *data)
{
	const struct host_item *item = data;
	const struct item_state *state = &item->model.state;
	const char *shown = state->tooltip_title[0] ? state->tooltip_title : state->title;
	char title[MARKED_SIZE], clean[TRAY_TEXT_MAX + 1];
	char text[TRAY_TEXT_MAX * MARKUP_ESCAPE_FACTOR + 1];
	const char *none = "", *title_at = title, *text_at = text;
	DBusMessageIter variant, tooltip;

	host_stream_mark(item->stream, title, sizeof(title), shown[0] ? shown : state->id);
	text_strip(clean, sizeof(clean), state->tooltip_text, true);
	markup_escape(text, sizeof(text), clean);
	if (!dbus_message_iter_open_container(to, DBUS_TYPE_VARIANT, "(sa(iiay)ss)", &variant))
		return;
	dbus_message_iter_open_container(&variant, DBUS_TYPE_STRUCT, NULL, &tooltip);
	dbus_message_iter_append_basic(&tooltip, DBUS_TYPE_STRING, &none);
	value_put_pixmaps(&tooltip, NULL, 0);
	dbus_message_iter_append_basic(&tooltip, DBUS_TYPE_STRING, &title_at);
	dbus_message_iter_append_basic(&tooltip, DBUS_TYPE_STRING, &text_at);
	dbus_message_iter_close_container(&variant, &tooltip);
	dbus_message_iter_close_container(to, &variant);
}

static const struct bus_property properties[] = {
	{"Category", put_category},
	{"Id", put_id},
	{"Title", put_title},
	{"Status", put_status},
	{"WindowId", put_window},
	{"IconThemePath", put_nothing},
	{"Menu", put_menu},
	{"ItemIsMenu", put_is_menu},
	{"IconName", put_nothing},
	{"IconPixmap", put_normal_icon},
	{"OverlayIconName", put_nothing},
	{"OverlayIconPixmap", put_no_pictures},
	{"AttentionIconName", put_nothing},
	{"AttentionIconPixmap", put_attention_icon},
	{"AttentionMovieName", put_nothing},
	{"ToolTip", put_tooltip},
	{0},
};

static const char introspection[] =
	"<interface name=\"org.kde.StatusNotifierItem\">"
	"<property name=\"Category\" type=\"s\" access=\"read\"/>"
	"<property name=\"Id\" type=\"s\" access=\"read\"/>"
	"<property name=\"Title\" type=\"s\" access=\"read\"/>"
	"<property name=\"Status\" type=\"s\" access=\"read\"/>"
	"<property name=\"WindowId\" type=\"i\" access=\"read\"/>"
	"<property name=\"IconThemePath\" type=\"s\" access=\"read\"/>"
	"<property name=\"Menu\" type=\"o\" access=\"read\"/>"
	"<property name=\"ItemIsMenu\" type=\"b\" access=\"read\"/>"
	"<property name=\"IconName\" type=\"s\" access=\"read\"/>"
	"<property name=\"IconPixmap\" type=\"a(iiay)\" access=\"read\"/>"
	"<property name=\"OverlayIconName\" type=\"s\" access=\"read\"/>"
	"<property name=\"OverlayIconPixmap\" type=\"a(iiay)\" access=\"read\"/>"
	"<property name=\"AttentionIconName\" type=\"s\" access=\"read\"/>"
	"<property name=\"AttentionIconPixmap\" type=\"a(iiay)\" access=\"read\"/>"
	"<property name=\"AttentionMovieName\" type=\"s\" access=\"read\"/>"
	"<property name=\"ToolTip\" type=\"(sa(iiay)ss)\" access=\"read\"/>"
	"<method name=\"Activate\"><arg type=\"i\" direction=\"in\"/>"
	"<arg type=\"i\" direction=\"in\"/></method>"
	"<method name=\"SecondaryActivate\"><arg type=\"i\" direction=\"in\"/>"
	"<arg type=\"i\" direction=\"in\"/></method>"
	"<method name=\"ContextMenu\"><arg type=\"i\" direction=\"in\"/>"
	"<arg type=\"i\" direction=\"in\"/></method>"
	"<method name=\"Scroll\"><arg type=\"i\" direction=\"in\"/>"
	"<arg type=\"s\" direction=\"in\"/></method>"
	"<method name=\"ProvideXdgActivationToken\"><arg type=\"s\" direction=\"in\"/></method>"
	"<signal name=\"NewTitle\"/><signal name=\"NewIcon\"/><signal name=\"NewAttentionIcon\"/>"
	"<signal name=\"NewOverlayIcon\"/><signal name=\"NewToolTip\"/><signal name=\"NewMenu\"/>"
	"<signal name=\"NewStatus\"><arg type=\"s\"/></signal>"
	"</interface>";

static const struct bus_object object = {
	.interface = ITEM_INTERFACE,
	.methods = methods,
	.properties = properties,
	.introspection = introspection,
};

/* ---- the watcher ---- */

static void emit(struct host_item *item, const char *signal);
static void emit_status(struct host_item *item);

/* Waybar does not draw what it learned before its bar was on the screen, until it is told of it
 * again. */
static void on_settled(uv_timer_t *timer)
{
	emit_status(timer->data);
	emit(timer->data, "NewIcon");
}

static void item_register(struct host_item *item)
{
	const char *name = bus_unique_name(item->bus);
	DBusMessage *call = dbus_message_new_method_call(
		WATCHER_NAME, WATCHER_PATH, WATCHER_INTERFACE, "RegisterStatusNotifierItem");

	uv_timer_start(&item->patience, on_settled, PANEL_SETTLE_MS, 0);
	item->registered = true;
	if (!call)
		return;
	dbus_message_set_no_reply(call, TRUE);
	dbus_message_set_auto_start(call, FALSE);
	dbus_message_append_args(call, DBUS_TYPE_STRING, &name, DBUS_TYPE_INVALID);
	bus_send(item->bus, call);
}

static void on_patience_over(uv_timer_t *timer)
{
	item_register(timer->data);
}

/* A watcher that cannot say whether a panel is there is taken at its word. */
static void on_panel_there(void *data, DBusMessage *reply)
{
	struct host_item *item = data;
	DBusMessageIter from;
	bool there = true;

	if (dbus_message_iter_init(reply, &from) &&
		dbus_message_get_type(reply) == DBUS_MESSAGE_TYPE_METHOD_RETURN)
		value_get_bool(&from, &there);
	if (there && !item->registered)
		item_register(item);
	else if (!item->registered)
		uv_timer_start(&item->patience, on_patience_over, PANEL_PATIENCE_MS, 0);
}

/* The watcher has come. Waybar's panel misses items that register before the panel has: they wait
 * for it, though not for ever. */
static void watcher_meet(struct host_item *item)
{
	const char *interface = WATCHER_INTERFACE, *property = "IsStatusNotifierHostRegistered";
	DBusMessage *call = dbus_message_new_method_call(
		WATCHER_NAME, WATCHER_PATH, DBUS_INTERFACE_PROPERTIES, "Get");

	item->registered = false;
	bus_call_cancel(&item->watcher_call);
	if (!call)
		return;
	dbus_message_set_auto_start(call, FALSE);
	dbus_message_append_args(
		call, DBUS_TYPE_STRING, &interface, DBUS_TYPE_STRING, &property, DBUS_TYPE_INVALID);
	bus_call(item->bus, call, on_panel_there, item, &item->watcher_call);
}

static void on_signal(void *data, DBusMessage *signal)
{
	struct host_item *item = data;
	const char *name, *before, *now;

	if (dbus_message_is_signal(signal, WATCHER_INTERFACE, "StatusNotifierHostRegistered")) {
		if (!item->registered)
			item_register(item);
	} else if (dbus_message_is_signal(signal, DBUS_INTERFACE_DBUS, "NameOwnerChanged") &&
		   dbus_message_get_args(signal, NULL, DBUS_TYPE_STRING, &name, DBUS_TYPE_STRING,
			   &before, DBUS_TYPE_STRING, &now, DBUS_TYPE_INVALID) &&
		   strcmp(name, WATCHER_NAME) == 0 && now[0]) {
		watcher_meet(item);
	}
}

/* The program's own connection is lost at the same time, which ends it. */
static void on_lost(void *data)
{
	(void)data;
}

static const struct bus_ops bus_ops = {.on_signal = on_signal, .on_lost = on_lost};

/* ---- life ---- */

static void on_pending_timeout(void *data, enum pending_kind kind, DBusMessage *call)
{
	struct host_item *item = data;

	if (kind == PENDING_LAYOUT)
		host_menu_layout(&item->menu, call);
	else if (kind == PENDING_SHOW)
		host_menu_shown(&item->menu, call, false);
	else
		bus_send(item->bus, dbus_message_new_error(
					    call, DBUS_ERROR_NO_REPLY, "the VM does not answer"));
}

static void item_free(void *data)
{
	struct host_item *item = data;

	item_model_finish(&item->model);
	free(item);
}

int host_item_create(struct host_stream *stream, uint32_t number, const struct item_state *state,
	struct host_item **ret, struct error *error)
{
	struct host_item *item = calloc(1, sizeof(*item));

	if (!item)
		return error_set(error, UV_ENOMEM, "%s", uv_strerror(UV_ENOMEM));
	int code = bus_open(stream->loop, &bus_ops, item, &item->bus, error);
	if (code < 0) {
		free(item);
		return code;
	}
	item->stream = stream;
	item->number = number;
	item->model.state = *state;
	closer_init(&item->closer, item_free, item);
	uv_timer_init(stream->loop, &item->patience);
	item->patience.data = item;
	closer_add(&item->closer);
	host_pending_init(&item->pending, stream->loop, &item->closer, on_pending_timeout, item);
	code = bus_object_register(item->bus, ITEM_PATH, &object, item);
	if (code == 0)
		code = host_menu_init(&item->menu, stream, item->bus, &item->pending, number);
	if (code < 0) {
		host_item_destroy(item);
		return error_set(error, code, "%s", uv_strerror(code));
	}
	bus_match(item->bus, "type='signal',sender='" DBUS_SERVICE_DBUS
			     "',member='NameOwnerChanged',arg0='" WATCHER_NAME "'");
	bus_match(item->bus, "type='signal',sender='" WATCHER_NAME "',interface='" WATCHER_INTERFACE
			     "',member='StatusNotifierHostRegistered'");
	watcher_meet(item);
	*ret = item;
	return 0;
}

void host_item_destroy(struct host_item *item)
{
	host_menu_finish(&item->menu);
	host_pending_finish(&item->pending, &item->closer);
	closer_close(&item->closer, (uv_handle_t *)&item->patience);
	bus_call_cancel(&item->watcher_call);
	bus_close(item->bus);
	closer_finish(&item->closer);
}

uint32_t host_item_number(const struct host_item *item)
{
	return item->number;
}

/* ---- changes ---- */

static void emit(struct host_item *item, const char *signal)
{
	bus_send(item->bus, dbus_message_new_signal(ITEM_PATH, ITEM_INTERFACE, signal));
}

static void emit_status(struct host_item *item)
{
	DBusMessage *signal = dbus_message_new_signal(ITEM_PATH, ITEM_INTERFACE, "NewStatus");
	const char *status = item_status_name(item->model.state.status);

	if (signal)
		dbus_message_append_args(signal, DBUS_TYPE_STRING, &status, DBUS_TYPE_INVALID);
	bus_send(item->bus, signal);
}

void host_item_update(struct host_item *item, const struct item_state *state)
{
	struct item_state before = item->model.state;
	bool title = strcmp(before.title, state->title) != 0;

	item->model.state = *state;
	if (title)
		emit(item, "NewTitle");
	if (title || strcmp(before.tooltip_title, state->tooltip_title) != 0 ||
		strcmp(before.tooltip_text, state->tooltip_text) != 0)
		emit(item, "NewToolTip");
	if (before.has_menu != state->has_menu || before.item_is_menu != state->item_is_menu)
		emit(item, "NewMenu");
	if (before.status != state->status)
		emit_status(item);
}

/* A changed overlay changes the pictures that it is drawn into. */
void host_item_icon(struct host_item *item, enum item_icon icon, struct picture *picture)
{
	struct picture kept;

	if (picture_fit(picture, KEPT_SIDE_MAX, &kept) < 0)
		kept = (struct picture){0};
	picture_finish(picture);
	picture_finish(&item->model.icons[icon]);
	item->model.icons[icon] = kept;
	if (icon != ITEM_ICON_ATTENTION)
		emit(item, "NewIcon");
	if (icon != ITEM_ICON_NORMAL || picture_is_empty(&item->model.icons[ITEM_ICON_ATTENTION]))
		emit(item, "NewAttentionIcon");
}

int host_item_menu(struct host_item *item, struct menu *menu, struct error *error)
{
	return host_menu_set(&item->menu, menu, error);
}

int host_item_menu_update(struct host_item *item, struct menu *update, struct error *error)
{
	return host_menu_update(&item->menu, update, error);
}

bool host_item_reply(struct host_item *item, uint32_t serial, bool ok)
{
	DBusMessage *call = host_pending_take(&item->pending, PENDING_SHOW, serial);

	if (call) {
		host_menu_shown(&item->menu, call, ok);
		dbus_message_unref(call);
		return true;
	}
	call = host_pending_take(&item->pending, PENDING_EVENT, serial);
	if (!call)
		return false;
	bus_send(item->bus, ok ? dbus_message_new_method_return(call)
			       : dbus_message_new_error(call, DBUS_ERROR_UNKNOWN_METHOD,
					 "the program has no such method"));
	dbus_message_unref(call);
	return true;
}
