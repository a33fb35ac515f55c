#include "tray/shown/menu-layout.h"

#include <string.h>

#include "proto/base/cleanup.h"
#include "proto/base/text.h"
#include "tray/bus/value.h"
#include "tray/pictures/picture-png.h"

static bool wants(const struct layout_names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++)
		if (strcmp(names->list[i], name) == 0)
			return true;
	return names->count == 0;
}

void layout_names_read(DBusMessageIter *array_value, struct layout_names *ret)
{
	DBusMessageIter array, element;
	bool first = true;

	*ret = (struct layout_names){0};
	if (!value_array_begin(array_value, &array))
		return;
	while (value_array_next(&array, &element, &first)) {
		if (ret->count == LAYOUT_NAMES_MAX) {
			ret->count = 0;
			return;
		}
		if (value_get_string(&element, &ret->list[ret->count]))
			ret->count++;
	}
}

/* ---- entries to properties ---- */

static void put_text(
	DBusMessageIter *dict, const struct layout_names *names, const char *name, const char *text)
{
	if (wants(names, name))
		value_put_entry(dict, name, DBUS_TYPE_STRING, &text);
}

static void put_bool(
	DBusMessageIter *dict, const struct layout_names *names, const char *name, bool is)
{
	const dbus_bool_t value = is;

	if (wants(names, name))
		value_put_entry(dict, name, DBUS_TYPE_BOOLEAN, &value);
}

static void put_toggle(
	DBusMessageIter *dict, const struct layout_names *names, const struct menu_entry *entry)
{
	const dbus_int32_t state = entry->state == MENU_STATE_ON    ? 1
				   : entry->state == MENU_STATE_OFF ? 0
								    : -1;

	put_text(dict, names, "toggle-type",
		entry->toggle == MENU_TOGGLE_CHECK   ? "checkmark"
		: entry->toggle == MENU_TOGGLE_RADIO ? "radio"
						     : "");
	if (wants(names, "toggle-state"))
		value_put_entry(dict, "toggle-state", DBUS_TYPE_INT32, &state);
}

static void put_icon(
	DBusMessageIter *dict, const struct layout_names *names, const struct picture *picture)
{
	_cleanup_free_ uint8_t *png = NULL;
	size_t length;

	if (wants(names, "icon-data") && !picture_is_empty(picture) &&
		picture_to_png(picture, &png, &length) == 0)
		value_put_entry_bytes(dict, "icon-data", png, length);
}

void layout_put_properties(
	DBusMessageIter *to, const struct layout_names *names, const struct menu_entry *entry)
{
	char label[TRAY_LABEL_MAX + 1];
	DBusMessageIter dict;

	dbus_message_iter_open_container(to, DBUS_TYPE_ARRAY, "{sv}", &dict);
	if (entry) {
		text_strip(label, sizeof(label), entry->label, false);
		put_text(&dict, names, "type", entry->separator ? "separator" : "standard");
		put_text(&dict, names, "label", label);
		put_bool(&dict, names, "enabled", !entry->disabled);
		put_bool(&dict, names, "visible", !entry->hidden);
		put_toggle(&dict, names, entry);
		put_icon(&dict, names, &entry->icon);
	}
	if (!entry || entry->submenu)
		put_text(&dict, names, "children-display", "submenu");
	dbus_message_iter_close_container(to, &dict);
}

/* Recursion is bounded by the checked menu's depth. */
void layout_put(DBusMessageIter *to, const struct menu *menu, uint32_t place, int depth,
	const struct layout_names *names)
{
	const struct menu_entry *entry = place > 0 ? &menu->entries[place - 1] : NULL;
	const dbus_int32_t id = place > 0 ? entry->id : 0;
	DBusMessageIter layout, children, variant;

	dbus_message_iter_open_container(to, DBUS_TYPE_STRUCT, NULL, &layout);
	dbus_message_iter_append_basic(&layout, DBUS_TYPE_INT32, &id);
	layout_put_properties(&layout, names, entry);
	dbus_message_iter_open_container(&layout, DBUS_TYPE_ARRAY, "v", &children);
	for (uint32_t i = place; depth != 0 && i < menu->count; i++) {
		if (menu->entries[i].parent != place)
			continue;
		dbus_message_iter_open_container(
			&children, DBUS_TYPE_VARIANT, "(ia{sv}av)", &variant);
		layout_put(&variant, menu, i + 1, depth > 0 ? depth - 1 : depth, names);
		dbus_message_iter_close_container(&children, &variant);
	}
	dbus_message_iter_close_container(&layout, &children);
	dbus_message_iter_close_container(to, &layout);
}

void layout_put_member(DBusMessageIter *array, const struct menu_entry *entry, int32_t id,
	const struct layout_names *names)
{
	DBusMessageIter member;

	dbus_message_iter_open_container(array, DBUS_TYPE_STRUCT, NULL, &member);
	dbus_message_iter_append_basic(&member, DBUS_TYPE_INT32, &id);
	layout_put_properties(&member, names, entry);
	dbus_message_iter_close_container(array, &member);
}

/* An icon that is gone is the one property that cannot be overwritten by a default. */
void layout_put_removed(DBusMessageIter *array, int32_t id)
{
	const char *icon = "icon-data";
	DBusMessageIter member, names;

	dbus_message_iter_open_container(array, DBUS_TYPE_STRUCT, NULL, &member);
	dbus_message_iter_append_basic(&member, DBUS_TYPE_INT32, &id);
	dbus_message_iter_open_container(&member, DBUS_TYPE_ARRAY, "s", &names);
	dbus_message_iter_append_basic(&names, DBUS_TYPE_STRING, &icon);
	dbus_message_iter_close_container(&member, &names);
	dbus_message_iter_close_container(array, &member);
}
