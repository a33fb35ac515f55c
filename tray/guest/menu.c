#include "tray/guest/menu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/cleanup.h"
#include "proto/base/text.h"
#include "tray/bus/value.h"
#include "tray/model/convert.h"
#include "tray/pictures/icon-file.h"

/* ---- the layout ---- */

struct reading {
	struct guest_menu *owner;
	struct menu *menu;
};

static void icon_named(struct guest_menu *owner, const char *name, struct picture *ret)
{
	char path[ICON_PATH_SIZE];

	if (picture_is_empty(ret) &&
		icon_theme_find(owner->icons, "", name, TRAY_MENU_ICON_SIDE_MAX, path))
		icon_file_load(path, TRAY_MENU_ICON_SIDE_MAX, ret);
}

static void toggle_take(struct menu_entry *entry, const char *kind)
{
	entry->toggle = strcmp(kind, "checkmark") == 0 ? MENU_TOGGLE_CHECK
			: strcmp(kind, "radio") == 0   ? MENU_TOGGLE_RADIO
						       : MENU_TOGGLE_NONE;
}

static void text_property(
	struct guest_menu *owner, struct menu_entry *entry, const char *key, const char *text)
{
	char label[TRAY_LABEL_MAX + 1];

	if (strcmp(key, "label") == 0) {
		text_strip(label, sizeof(label), text, false);
		char *copy = strdup(label);
		if (!copy)
			return;
		free(entry->label);
		entry->label = copy;
	} else if (strcmp(key, "type") == 0) {
		entry->separator = strcmp(text, "separator") == 0;
	} else if (strcmp(key, "toggle-type") == 0) {
		toggle_take(entry, text);
	} else if (strcmp(key, "children-display") == 0) {
		entry->submenu = strcmp(text, "submenu") == 0;
	} else if (strcmp(key, "icon-name") == 0) {
		icon_named(owner, text, &entry->icon);
	}
}

static void property_take(
	struct guest_menu *owner, struct menu_entry *entry, const char *key, DBusMessageIter *value)
{
	const uint8_t *bytes;
	const char *text;
	int64_t number;
	size_t length;
	bool is;

	if (value_get_string(value, &text)) {
		text_property(owner, entry, key, text);
	} else if (value_get_bool(value, &is)) {
		entry->disabled = strcmp(key, "enabled") == 0 ? !is : entry->disabled;
		entry->hidden = strcmp(key, "visible") == 0 ? !is : entry->hidden;
	} else if (strcmp(key, "toggle-state") == 0 && value_get_integer(value, &number)) {
		entry->state = number == 1   ? MENU_STATE_ON
			       : number == 0 ? MENU_STATE_OFF
					     : MENU_STATE_UNKNOWN;
	} else if (strcmp(key, "icon-data") == 0 && value_get_bytes(value, &bytes, &length)) {
		picture_finish(&entry->icon);
		icon_bytes_load(bytes, length, TRAY_MENU_ICON_SIDE_MAX, &entry->icon);
	}
}

static void properties_read(
	const struct reading *reading, struct menu_entry *entry, DBusMessageIter *properties)
{
	DBusMessageIter array, element, value;
	const char *key;
	bool first = true;

	if (!value_array_begin(properties, &array))
		return;
	while (value_array_next(&array, &element, &first))
		if (value_get_entry(&element, &key, &value))
			property_take(reading->owner, entry, key, &value);
}

/* (ia{sv}av): the entry, then those below it. What exceeds the limits is left out. */
static void layout_read(
	const struct reading *reading, DBusMessageIter *layout, uint32_t parent, int depth)
{
	DBusMessageIter inner, entry_at, array, child;
	uint32_t place = 0;
	int64_t id;
	bool first = true;

	value_unwrap(layout, &inner);
	if (dbus_message_iter_get_arg_type(&inner) != DBUS_TYPE_STRUCT ||
		depth > TRAY_MENU_DEPTH_MAX)
		return;
	dbus_message_iter_recurse(&inner, &entry_at);
	if (!value_get_integer(&entry_at, &id) || !dbus_message_iter_next(&entry_at))
		return;
	if (depth > 0) {
		if (id == 0 || menu_find(reading->menu, (int32_t)id) >= 0)
			return;
		struct menu_entry *entry = menu_add(reading->menu, "");
		if (!entry)
			return;
		entry->id = (int32_t)id;
		entry->parent = parent;
		properties_read(reading, entry, &entry_at);
		place = (uint32_t)reading->menu->count;
	}
	if (!dbus_message_iter_next(&entry_at) || !value_array_begin(&entry_at, &array))
		return;
	while (value_array_next(&array, &child, &first))
		layout_read(reading, &child, place, depth + 1);
}

/* ---- fetching ---- */

static void fetch(struct guest_menu *menu);

/* The menu came, or cannot be had: who waited for it goes on. */
static void fetched(struct guest_menu *menu)
{
	for (size_t i = 0; i < GUEST_SHOWS_MAX; i++)
		if (menu->shows[i].serial != 0 && !menu->shows[i].call)
			menu->shows[i].waits = false;
	if (menu->again)
		fetch(menu);
	guest_stream_wake(menu->stream);
}

static void on_layout(void *data, DBusMessage *reply)
{
	struct guest_menu *menu = data;
	struct menu fresh = {0};
	DBusMessageIter from;

	if (dbus_message_get_type(reply) == DBUS_MESSAGE_TYPE_METHOD_RETURN &&
		dbus_message_iter_init(reply, &from) && dbus_message_iter_next(&from)) {
		const struct reading reading = {.owner = menu, .menu = &fresh};
		layout_read(&reading, &from, 0, 0);
	}
	menu_finish(&menu->menu);
	menu->menu = fresh;
	menu->unsent = true;
	fetched(menu);
}

static void fetch(struct guest_menu *menu)
{
	const dbus_int32_t root = 0, all = -1;
	DBusMessageIter to, names;

	menu->again = menu->call != NULL;
	if (menu->call || !menu->path[0])
		return;
	DBusMessage *call = dbus_message_new_method_call(
		menu->service, menu->path, MENU_INTERFACE, "GetLayout");
	if (!call)
		return;
	dbus_message_iter_init_append(call, &to);
	dbus_message_iter_append_basic(&to, DBUS_TYPE_INT32, &root);
	dbus_message_iter_append_basic(&to, DBUS_TYPE_INT32, &all);
	dbus_message_iter_open_container(&to, DBUS_TYPE_ARRAY, "s", &names);
	dbus_message_iter_close_container(&to, &names);
	bus_call(menu->bus, call, on_layout, menu, &menu->call);
}

void guest_menu_changed(struct guest_menu *menu)
{
	if (menu->followed)
		fetch(menu);
}

void guest_menu_follow(struct guest_menu *menu)
{
	menu->followed = true;
	menu->unsent = menu->path[0] == '\0';
	fetch(menu);
	guest_stream_wake(menu->stream);
}

/* ---- the user ---- */

static void on_shown(void *data, DBusMessage *reply)
{
	struct guest_show *show = data;
	struct guest_menu *menu = show->menu;
	dbus_bool_t update = FALSE;

	show->update =
		dbus_message_get_args(reply, NULL, DBUS_TYPE_BOOLEAN, &update, DBUS_TYPE_INVALID) &&
		update;
	if (show->update)
		fetch(menu);
	show->waits = menu->call != NULL;
	guest_stream_wake(menu->stream);
}

void guest_menu_show(struct guest_menu *menu, uint32_t serial, int32_t entry)
{
	const dbus_int32_t id = entry;
	struct guest_show *show = NULL;

	for (size_t i = 0; i < GUEST_SHOWS_MAX && !show; i++)
		if (menu->shows[i].serial == 0 && !menu->shows[i].call)
			show = &menu->shows[i];
	DBusMessage *call = show && menu->path[0]
				    ? dbus_message_new_method_call(menu->service, menu->path,
					      MENU_INTERFACE, "AboutToShow")
				    : NULL;
	if (!call)
		return;
	dbus_message_append_args(call, DBUS_TYPE_INT32, &id, DBUS_TYPE_INVALID);
	*show = (struct guest_show){.menu = menu, .serial = serial, .waits = true};
	bus_call(menu->bus, call, on_shown, show, &show->call);
}

void guest_menu_event(struct guest_menu *menu, int32_t entry, Vmsilo__Tray__MenuAction action)
{
	static const char *const names[] = {
		[VMSILO__TRAY__MENU_ACTION__MENU_CLICKED] = "clicked",
		[VMSILO__TRAY__MENU_ACTION__MENU_OPENED] = "opened",
		[VMSILO__TRAY__MENU_ACTION__MENU_CLOSED] = "closed",
		[VMSILO__TRAY__MENU_ACTION__MENU_HOVERED] = "hovered",
	};
	const dbus_int32_t id = entry, none = 0;
	const dbus_uint32_t now = 0;
	DBusMessageIter to;

	if (!menu->path[0] || action < VMSILO__TRAY__MENU_ACTION__MENU_CLICKED ||
		action > VMSILO__TRAY__MENU_ACTION__MENU_HOVERED)
		return;
	DBusMessage *call =
		dbus_message_new_method_call(menu->service, menu->path, MENU_INTERFACE, "Event");
	if (!call)
		return;
	dbus_message_set_no_reply(call, TRUE);
	dbus_message_iter_init_append(call, &to);
	dbus_message_iter_append_basic(&to, DBUS_TYPE_INT32, &id);
	dbus_message_iter_append_basic(&to, DBUS_TYPE_STRING, &names[action]);
	value_put_variant(&to, DBUS_TYPE_INT32, &none);
	dbus_message_iter_append_basic(&to, DBUS_TYPE_UINT32, &now);
	bus_send(menu->bus, call);
}

/* ---- to the host ---- */

static int whole_send(struct guest_menu *menu, struct menu_message *room)
{
	Vmsilo__Tray__Menu message = VMSILO__TRAY__MENU__INIT;

	message.item = menu->number;
	message.n_entries = menu_to_message(&menu->menu, room);
	message.entries = room->pointers;
	int code = guest_stream_send(menu->stream, FRAME_TRAY_MENU, &message.base);
	if (code != UV_EMSGSIZE)
		return code;
	for (size_t i = 0; i < message.n_entries; i++)
		room->entries[i].icon = NULL;
	return guest_stream_send(menu->stream, FRAME_TRAY_MENU, &message.base);
}

static int changes_send(struct guest_menu *menu, struct menu_message *room)
{
	Vmsilo__Tray__MenuUpdate message = VMSILO__TRAY__MENU_UPDATE__INIT;

	menu_to_message(&menu->menu, room);
	message.item = menu->number;
	message.entries = room->pointers;
	for (size_t i = 0; i < menu->menu.count; i++)
		if (!menu_entry_equal(&menu->menu.entries[i], &menu->sent.entries[i]))
			room->pointers[message.n_entries++] = &room->entries[i];
	if (message.n_entries == 0)
		return 0;
	return guest_stream_send(menu->stream, FRAME_TRAY_MENU_UPDATE, &message.base);
}

/* The host has it now. */
static int sent_set(struct guest_menu *menu, const struct menu_message *room)
{
	Vmsilo__Tray__Menu message = VMSILO__TRAY__MENU__INIT;
	struct menu copy;

	message.n_entries = menu->menu.count;
	message.entries = (Vmsilo__Tray__MenuEntry **)room->pointers;
	int code = menu_from_message(&message, &copy, NULL);
	if (code < 0)
		return code;
	menu_finish(&menu->sent);
	menu->sent = copy;
	menu->sent_once = true;
	menu->unsent = false;
	return 0;
}

static int menu_send(struct guest_menu *menu)
{
	_cleanup_free_ struct menu_message *room = malloc(sizeof(*room));

	if (!room)
		return UV_ENOMEM;
	bool same = menu->sent_once && menu_same_shape(&menu->menu, &menu->sent);
	int code = same ? changes_send(menu, room) : UV_EMSGSIZE;
	if (code == UV_EMSGSIZE)
		code = whole_send(menu, room);
	if (code < 0)
		return code;
	menu_to_message(&menu->menu, room);
	return sent_set(menu, room);
}

int guest_menu_flush(struct guest_menu *menu)
{
	Vmsilo__Tray__Reply reply = VMSILO__TRAY__REPLY__INIT;
	int code = menu->unsent && menu->followed ? menu_send(menu) : 0;

	for (size_t i = 0; code == 0 && i < GUEST_SHOWS_MAX; i++) {
		struct guest_show *show = &menu->shows[i];
		if (show->serial == 0 || show->waits)
			continue;
		reply.serial = show->serial;
		reply.ok = show->update;
		code = guest_stream_send(menu->stream, FRAME_TRAY_REPLY, &reply.base);
		if (code == 0)
			*show = (struct guest_show){0};
	}
	return code;
}

/* ---- life ---- */

void guest_menu_init(struct guest_menu *menu, struct bus *bus, struct guest_stream *stream,
	struct icon_theme *icons, uint32_t number)
{
	*menu = (struct guest_menu){.bus = bus, .stream = stream, .icons = icons, .number = number};
}

void guest_menu_forget(struct guest_menu *menu)
{
	bus_call_cancel(&menu->call);
	for (size_t i = 0; i < GUEST_SHOWS_MAX; i++) {
		bus_call_cancel(&menu->shows[i].call);
		menu->shows[i] = (struct guest_show){0};
	}
	menu_finish(&menu->sent);
	menu->followed = menu->again = menu->unsent = menu->sent_once = false;
}

void guest_menu_finish(struct guest_menu *menu)
{
	guest_menu_forget(menu);
	menu_finish(&menu->menu);
}

void guest_menu_locate(struct guest_menu *menu, const char *service, const char *path)
{
	bool same = strcmp(menu->service, service) == 0 && strcmp(menu->path, path) == 0;

	snprintf(menu->service, sizeof(menu->service), "%s", service);
	snprintf(menu->path, sizeof(menu->path), "%s", path);
	if (!same)
		guest_menu_changed(menu);
}
