#include "tray/shown/menu.h"

#include <string.h>

#include "proto/base/error.h"
#include "proto/tray.pb-c.h"
#include "tray/bus/object.h"
#include "tray/bus/value.h"
#include "tray/shown/menu-layout.h"

#define GROUP_MAX 512 /* entries or events of one call */

/* ---- methods ---- */

static void follow(struct host_menu *host_menu)
{
	Vmsilo__Tray__MenuFollow message = VMSILO__TRAY__MENU_FOLLOW__INIT;

	if (host_menu->followed)
		return;
	host_menu->followed = true;
	message.item = host_menu->number;
	host_stream_send(host_menu->stream, FRAME_TRAY_MENU_FOLLOW, &message.base);
}

static DBusMessage *unknown_entry(DBusMessage *call)
{
	return dbus_message_new_error(call, DBUS_ERROR_INVALID_ARGS, "the menu has no such entry");
}

static DBusMessage *layout_answer(struct host_menu *host_menu, DBusMessage *call)
{
	dbus_int32_t parent = 0, depth = -1;
	DBusMessageIter from, to;
	struct layout_names names;

	dbus_message_iter_init(call, &from);
	dbus_message_iter_get_basic(&from, &parent);
	dbus_message_iter_next(&from);
	dbus_message_iter_get_basic(&from, &depth);
	dbus_message_iter_next(&from);
	layout_names_read(&from, &names);
	int place = parent == 0 ? 0 : menu_find(&host_menu->menu, parent) + 1;
	if (parent != 0 && place == 0)
		return unknown_entry(call);
	DBusMessage *reply = dbus_message_new_method_return(call);
	if (!reply)
		return NULL;
	host_menu->answered = true;
	dbus_message_iter_init_append(reply, &to);
	dbus_message_iter_append_basic(&to, DBUS_TYPE_UINT32, &host_menu->revision);
	layout_put(&to, &host_menu->menu, (uint32_t)place, depth, &names);
	return reply;
}

static DBusMessage *on_get_layout(void *data, DBusMessage *call)
{
	struct host_menu *host_menu = data;

	follow(host_menu);
	if (!host_menu->known && host_pending_add(host_menu->pending, PENDING_LAYOUT, 0, call))
		return NULL;
	return layout_answer(host_menu, call);
}

static DBusMessage *on_get_group(void *data, DBusMessage *call)
{
	const struct menu *menu = &((struct host_menu *)data)->menu;
	DBusMessage *reply = dbus_message_new_method_return(call);
	DBusMessageIter from, ids, element, to, array;
	struct layout_names names;
	int64_t id = 0, count = 0;
	bool first = true;

	if (!reply)
		return NULL;
	dbus_message_iter_init(call, &from);
	value_array_begin(&from, &ids);
	dbus_message_iter_next(&from);
	layout_names_read(&from, &names);
	dbus_message_iter_init_append(reply, &to);
	dbus_message_iter_open_container(&to, DBUS_TYPE_ARRAY, "(ia{sv})", &array);
	for (; count < GROUP_MAX && value_array_next(&ids, &element, &first); count++) {
		value_get_integer(&element, &id);
		int place = menu_find(menu, (int32_t)id);
		if (place >= 0 || id == 0)
			layout_put_member(
				&array, id ? &menu->entries[place] : NULL, (int32_t)id, &names);
	}
	for (size_t i = 0; count == 0 && i < menu->count; i++)
		layout_put_member(&array, &menu->entries[i], menu->entries[i].id, &names);
	dbus_message_iter_close_container(&to, &array);
	return reply;
}

/* Asked for one property: the answer is picked out of all. */
static DBusMessage *on_get_property(void *data, DBusMessage *call)
{
	const struct menu *menu = &((struct host_menu *)data)->menu;
	struct layout_names names = {.count = 1};
	DBusMessageIter from, to, array, dict, entry;
	dbus_int32_t id = 0;

	dbus_message_get_args(call, NULL, DBUS_TYPE_INT32, &id, DBUS_TYPE_STRING, &names.list[0],
		DBUS_TYPE_INVALID);
	int place = menu_find(menu, id);
	DBusMessage *scratch = dbus_message_new(DBUS_MESSAGE_TYPE_METHOD_RETURN);
	DBusMessage *reply = NULL;
	if (scratch && (id == 0 || place >= 0)) {
		dbus_message_iter_init_append(scratch, &to);
		layout_put_properties(&to, &names, id ? &menu->entries[place] : NULL);
		dbus_message_iter_init(scratch, &from);
		dbus_message_iter_recurse(&from, &array);
		if (dbus_message_iter_get_arg_type(&array) == DBUS_TYPE_DICT_ENTRY) {
			const char *text = "";
			bool is;
			int64_t number;
			dbus_message_iter_recurse(&array, &dict);
			dbus_message_iter_next(&dict);
			reply = dbus_message_new_method_return(call);
			dbus_message_iter_init_append(reply, &entry);
			if (value_get_string(&dict, &text)) {
				value_put_variant(&entry, DBUS_TYPE_STRING, &text);
			} else if (value_get_bool(&dict, &is)) {
				const dbus_bool_t value = is;
				value_put_variant(&entry, DBUS_TYPE_BOOLEAN, &value);
			} else if (value_get_integer(&dict, &number)) {
				const dbus_int32_t value = (dbus_int32_t)number;
				value_put_variant(&entry, DBUS_TYPE_INT32, &value);
			}
		}
	}
	if (scratch)
		dbus_message_unref(scratch);
	return reply ? reply : unknown_entry(call);
}

static void event_send(struct host_menu *host_menu, int32_t id, const char *name)
{
	static const struct {
		const char *name;
		Vmsilo__Tray__MenuAction action;
	} actions[] = {{"clicked", VMSILO__TRAY__MENU_ACTION__MENU_CLICKED},
		{"opened", VMSILO__TRAY__MENU_ACTION__MENU_OPENED},
		{"closed", VMSILO__TRAY__MENU_ACTION__MENU_CLOSED},
		{"hovered", VMSILO__TRAY__MENU_ACTION__MENU_HOVERED}};
	Vmsilo__Tray__MenuEvent event = VMSILO__TRAY__MENU_EVENT__INIT;

	if (id != 0 && menu_find(&host_menu->menu, id) < 0)
		return;
	event.item = host_menu->number;
	event.entry = id;
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		if (strcmp(actions[i].name, name) != 0)
			continue;
		event.action = actions[i].action;
		host_stream_send(host_menu->stream, FRAME_TRAY_MENU_EVENT, &event.base);
	}
}

/* An entry's number and the event's name; what data comes with it means nothing to any program. */
static void event_read(struct host_menu *host_menu, DBusMessageIter *from)
{
	const char *name = "";
	int64_t id = 0;

	if (value_get_integer(from, &id) && dbus_message_iter_next(from) &&
		value_get_string(from, &name))
		event_send(host_menu, (int32_t)id, name);
}

static DBusMessage *on_event(void *data, DBusMessage *call)
{
	DBusMessageIter from;

	dbus_message_iter_init(call, &from);
	event_read(data, &from);
	return dbus_message_new_method_return(call);
}

static void put_no_ids(DBusMessageIter *to)
{
	DBusMessageIter array;

	dbus_message_iter_open_container(to, DBUS_TYPE_ARRAY, "i", &array);
	dbus_message_iter_close_container(to, &array);
}

static DBusMessage *on_event_group(void *data, DBusMessage *call)
{
	DBusMessage *reply = dbus_message_new_method_return(call);
	DBusMessageIter from, array, element, event, to;
	bool first = true;

	dbus_message_iter_init(call, &from);
	value_array_begin(&from, &array);
	for (int i = 0; i < GROUP_MAX && value_array_next(&array, &element, &first); i++) {
		dbus_message_iter_recurse(&element, &event);
		event_read(data, &event);
	}
	if (!reply)
		return NULL;
	dbus_message_iter_init_append(reply, &to);
	put_no_ids(&to);
	return reply;
}

static void show_send(struct host_menu *host_menu, int32_t id, uint32_t serial)
{
	Vmsilo__Tray__MenuShow show = VMSILO__TRAY__MENU_SHOW__INIT;

	follow(host_menu);
	show.item = host_menu->number;
	show.entry = id;
	show.serial = serial;
	host_stream_send(host_menu->stream, FRAME_TRAY_MENU_SHOW, &show.base);
}

static DBusMessage *on_about_to_show(void *data, DBusMessage *call)
{
	struct host_menu *host_menu = data;
	uint32_t serial = host_stream_serial(host_menu->stream);
	dbus_int32_t id = 0;

	dbus_message_get_args(call, NULL, DBUS_TYPE_INT32, &id, DBUS_TYPE_INVALID);
	if (id != 0 && menu_find(&host_menu->menu, id) < 0)
		return unknown_entry(call);
	if (!host_pending_add(host_menu->pending, PENDING_SHOW, serial, call))
		return dbus_message_new_error(
			call, DBUS_ERROR_LIMITS_EXCEEDED, "the VM does not answer");
	show_send(host_menu, id, serial);
	return NULL;
}

/* Answered at once: what has changed is told by LayoutUpdated. */
static DBusMessage *on_about_to_show_group(void *data, DBusMessage *call)
{
	struct host_menu *host_menu = data;
	DBusMessage *reply = dbus_message_new_method_return(call);
	DBusMessageIter from, ids, element, to;
	int64_t id = 0;
	bool first = true;

	dbus_message_iter_init(call, &from);
	value_array_begin(&from, &ids);
	for (int i = 0; i < GROUP_MAX && value_array_next(&ids, &element, &first); i++)
		if (value_get_integer(&element, &id) &&
			(id == 0 || menu_find(&host_menu->menu, (int32_t)id) >= 0))
			show_send(host_menu, (int32_t)id, 0);
	if (!reply)
		return NULL;
	dbus_message_iter_init_append(reply, &to);
	put_no_ids(&to);
	put_no_ids(&to);
	return reply;
}

static const struct bus_method methods[] = {
	{"GetLayout", "iias", on_get_layout},
	{"GetGroupProperties", "aias", on_get_group},
	{"GetProperty", "is", on_get_property},
	{"Event", "isvu", on_event},
	{"EventGroup", "a(isvu)", on_event_group},
	{"AboutToShow", "i", on_about_to_show},
	{"AboutToShowGroup", "ai", on_about_to_show_group},
	{0},
};

static void put_version(DBusMessageIter *to, void *data)
{
	const dbus_uint32_t version = 3;

	(void)data;
	value_put_variant(to, DBUS_TYPE_UINT32, &version);
}

static void put_status(DBusMessageIter *to, void *data)
{
	const char *normal = "normal";

	(void)data;
	value_put_variant(to, DBUS_TYPE_STRING, &normal);
}

static void put_direction(DBusMessageIter *to, void *data)
{
	const char *left_to_right = "ltr";

	(void)data;
	value_put_variant(to, DBUS_TYPE_STRING, &left_to_right);
}

static void put_theme_path(DBusMessageIter *to, void *data)
{
	DBusMessageIter variant, array;

	(void)data;
	dbus_message_iter_open_container(to, DBUS_TYPE_VARIANT, "as", &variant);
	dbus_message_iter_open_container(&variant, DBUS_TYPE_ARRAY, "s", &array);
	dbus_message_iter_close_container(&variant, &array);
	dbus_message_iter_close_container(to, &variant);
}

static const struct bus_property properties[] = {
	{"Version", put_version},
	{"Status", put_status},
	{"TextDirection", put_direction},
	{"IconThemePath", put_theme_path},
	{0},
};

static const char introspection[] =
	"<interface name=\"com.canonical.dbusmenu\">"
	"<property name=\"Version\" type=\"u\" access=\"read\"/>"
	"<property name=\"Status\" type=\"s\" access=\"read\"/>"
	"<property name=\"TextDirection\" type=\"s\" access=\"read\"/>"
	"<property name=\"IconThemePath\" type=\"as\" access=\"read\"/>"
	"<method name=\"GetLayout\"><arg type=\"i\" direction=\"in\"/>"
	"<arg type=\"i\" direction=\"in\"/><arg type=\"as\" direction=\"in\"/>"
	"<arg type=\"u\" direction=\"out\"/><arg type=\"(ia{sv}av)\" direction=\"out\"/></method>"
	"<method name=\"GetGroupProperties\"><arg type=\"ai\" direction=\"in\"/>"
	"<arg type=\"as\" direction=\"in\"/><arg type=\"a(ia{sv})\" direction=\"out\"/></method>"
	"<method name=\"GetProperty\"><arg type=\"i\" direction=\"in\"/>"
	"<arg type=\"s\" direction=\"in\"/><arg type=\"v\" direction=\"out\"/></method>"
	"<method name=\"Event\"><arg type=\"i\" direction=\"in\"/><arg type=\"s\" "
	"direction=\"in\"/>"
	"<arg type=\"v\" direction=\"in\"/><arg type=\"u\" direction=\"in\"/></method>"
	"<method name=\"EventGroup\"><arg type=\"a(isvu)\" direction=\"in\"/>"
	"<arg type=\"ai\" direction=\"out\"/></method>"
	"<method name=\"AboutToShow\"><arg type=\"i\" direction=\"in\"/>"
	"<arg type=\"b\" direction=\"out\"/></method>"
	"<method name=\"AboutToShowGroup\"><arg type=\"ai\" direction=\"in\"/>"
	"<arg type=\"ai\" direction=\"out\"/><arg type=\"ai\" direction=\"out\"/></method>"
	"<signal name=\"ItemsPropertiesUpdated\"><arg type=\"a(ia{sv})\"/>"
	"<arg type=\"a(ias)\"/></signal>"
	"<signal name=\"LayoutUpdated\"><arg type=\"u\"/><arg type=\"i\"/></signal>"
	"</interface>";

static const struct bus_object object = {
	.interface = MENU_INTERFACE,
	.methods = methods,
	.properties = properties,
	.introspection = introspection,
};

/* ---- life and changes ---- */

int host_menu_init(struct host_menu *host_menu, struct host_stream *stream, struct bus *bus,
	struct host_pending *pending, uint32_t number)
{
	*host_menu = (struct host_menu){
		.stream = stream, .bus = bus, .pending = pending, .number = number, .revision = 1};
	return bus_object_register(bus, HOST_MENU_PATH, &object, host_menu);
}

void host_menu_finish(struct host_menu *host_menu)
{
	menu_finish(&host_menu->menu);
}

static void emit_layout(struct host_menu *host_menu)
{
	DBusMessage *signal =
		dbus_message_new_signal(HOST_MENU_PATH, MENU_INTERFACE, "LayoutUpdated");
	const dbus_int32_t root = 0;

	if (signal)
		dbus_message_append_args(signal, DBUS_TYPE_UINT32, &host_menu->revision,
			DBUS_TYPE_INT32, &root, DBUS_TYPE_INVALID);
	bus_send(host_menu->bus, signal);
}

/* Tells of those entries whose place is marked in changed. */
static void emit_properties(struct host_menu *host_menu, const bool *changed)
{
	DBusMessage *signal =
		dbus_message_new_signal(HOST_MENU_PATH, MENU_INTERFACE, "ItemsPropertiesUpdated");
	const struct menu *menu = &host_menu->menu;
	const struct layout_names all = {.count = 0};
	DBusMessageIter to, array;

	if (!signal)
		return;
	dbus_message_iter_init_append(signal, &to);
	dbus_message_iter_open_container(&to, DBUS_TYPE_ARRAY, "(ia{sv})", &array);
	for (size_t i = 0; i < menu->count; i++)
		if (changed[i])
			layout_put_member(&array, &menu->entries[i], menu->entries[i].id, &all);
	dbus_message_iter_close_container(&to, &array);
	dbus_message_iter_open_container(&to, DBUS_TYPE_ARRAY, "(ias)", &array);
	for (size_t i = 0; i < menu->count; i++)
		if (changed[i] && picture_is_empty(&menu->entries[i].icon))
			layout_put_removed(&array, menu->entries[i].id);
	dbus_message_iter_close_container(&to, &array);
	bus_send(host_menu->bus, signal);
}

static void layouts_answer(struct host_menu *host_menu)
{
	DBusMessage *call;

	while ((call = host_pending_take(host_menu->pending, PENDING_LAYOUT, 0))) {
		host_menu_layout(host_menu, call);
		dbus_message_unref(call);
	}
}

int host_menu_set(struct host_menu *host_menu, struct menu *menu, struct error *error)
{
	bool changed[TRAY_MENU_ENTRIES_MAX] = {false};
	bool any = false, same = host_menu->known && menu_same_shape(&host_menu->menu, menu);

	if (!host_menu->followed) {
		menu_finish(menu);
		return error_set(error, UV_EPROTO, "a menu that was not asked for");
	}
	for (size_t i = 0; same && i < menu->count; i++) {
		changed[i] = !menu_entry_equal(&menu->entries[i], &host_menu->menu.entries[i]);
		any = any || changed[i];
	}
	menu_finish(&host_menu->menu);
	host_menu->menu = *menu;
	*menu = (struct menu){0};
	if (any)
		emit_properties(host_menu, changed);
	if (!same) {
		host_menu->revision++;
		host_menu->known = true;
		if (host_menu->answered)
			emit_layout(host_menu);
	}
	layouts_answer(host_menu);
	return 0;
}

int host_menu_update(struct host_menu *host_menu, struct menu *update, struct error *error)
{
	bool changed[TRAY_MENU_ENTRIES_MAX] = {false};
	int code = 0;

	for (size_t i = 0; i < update->count; i++) {
		int place = menu_find(&host_menu->menu, update->entries[i].id);
		if (place < 0) {
			code = error_set(
				error, UV_EPROTO, "an update of a menu entry that does not exist");
			break;
		}
		menu_entry_update(&host_menu->menu.entries[place], &update->entries[i]);
		changed[place] = true;
	}
	if (code == 0 && update->count > 0)
		emit_properties(host_menu, changed);
	menu_finish(update);
	return code;
}

void host_menu_shown(struct host_menu *host_menu, DBusMessage *call, bool update)
{
	DBusMessage *reply = dbus_message_new_method_return(call);
	const dbus_bool_t needs = update;

	if (reply)
		dbus_message_append_args(reply, DBUS_TYPE_BOOLEAN, &needs, DBUS_TYPE_INVALID);
	bus_send(host_menu->bus, reply);
}

void host_menu_layout(struct host_menu *host_menu, DBusMessage *call)
{
	bus_send(host_menu->bus, layout_answer(host_menu, call));
}
