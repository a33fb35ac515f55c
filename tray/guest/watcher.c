#include "tray/guest/watcher.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/log.h"
#include "tray/bus/object.h"
#include "tray/bus/value.h"

/* Its owner is another one: told for the names of items alone. */
#define OWNER_RULE \
	"type='signal',sender='" DBUS_SERVICE_DBUS "',member='NameOwnerChanged',arg0='%s'"
#define OWNER_RULE_SIZE (sizeof(OWNER_RULE) + DBUS_MAXIMUM_NAME_LENGTH)

struct guest_watcher {
	struct bus *bus;
	struct guest_stream *stream;
	struct icon_theme *icons;
	struct guest_item *items[TRAY_ITEMS_MAX];
	size_t count;
	uint32_t last_number;
	uint32_t gone[TRAY_ITEMS_MAX]; /* numbers whose removal the host does not know yet */
	size_t gone_count;
};

/* ---- items ---- */

static struct guest_item *item_find(
	const struct guest_watcher *watcher, const char *service, const char *path)
{
	for (size_t i = 0; i < watcher->count; i++)
		if (strcmp(guest_item_service(watcher->items[i]), service) == 0 &&
			strcmp(guest_item_path(watcher->items[i]), path) == 0)
			return watcher->items[i];
	return NULL;
}

static void emit(struct guest_watcher *watcher, const char *name, const char *item)
{
	DBusMessage *signal = dbus_message_new_signal(WATCHER_PATH, WATCHER_INTERFACE, name);

	if (signal && item)
		dbus_message_append_args(signal, DBUS_TYPE_STRING, &item, DBUS_TYPE_INVALID);
	bus_send(watcher->bus, signal);
}

static void item_name(const struct guest_item *item, char *out, size_t size)
{
	snprintf(out, size, "%s%s", guest_item_service(item), guest_item_path(item));
}

/* A unique name has one owner for ever, and its end is told anyway. */
static void owner_follow(struct guest_watcher *watcher, const char *service, bool follow)
{
	char rule[OWNER_RULE_SIZE];

	if (service[0] == ':')
		return;
	snprintf(rule, sizeof(rule), OWNER_RULE, service);
	(follow ? bus_match : bus_unmatch)(watcher->bus, rule);
}

static void on_item_lost(void *data, struct guest_item *item);

static void item_add(struct guest_watcher *watcher, const struct guest_item_address *address)
{
	char name[512];

	if (item_find(watcher, address->service, address->path))
		return;
	if (watcher->count == TRAY_ITEMS_MAX) {
		log_warning(NULL, "more than %d tray items: ignoring the one of %s", TRAY_ITEMS_MAX,
			address->service);
		return;
	}
	struct guest_item **place = &watcher->items[watcher->count];
	if (guest_item_create(watcher->bus, watcher->stream, watcher->icons, ++watcher->last_number,
		    address, on_item_lost, watcher, place) < 0)
		return;
	watcher->count++;
	owner_follow(watcher, address->service, true);
	item_name(*place, name, sizeof(name));
	emit(watcher, "StatusNotifierItemRegistered", name);
}

static void item_remove(struct guest_watcher *watcher, size_t index)
{
	struct guest_item *item = watcher->items[index];
	char name[512];

	item_name(item, name, sizeof(name));
	if (guest_item_announced(item) && watcher->gone_count < TRAY_ITEMS_MAX)
		watcher->gone[watcher->gone_count++] = guest_item_number(item);
	owner_follow(watcher, guest_item_service(item), false);
	guest_item_destroy(item);
	watcher->items[index] = watcher->items[--watcher->count];
	emit(watcher, "StatusNotifierItemUnregistered", name);
	guest_stream_wake(watcher->stream);
}

static void on_item_lost(void *data, struct guest_item *item)
{
	struct guest_watcher *watcher = data;

	for (size_t i = 0; i < watcher->count; i++)
		if (watcher->items[i] == item) {
			item_remove(watcher, i);
			return;
		}
}

/* ---- methods ---- */

/*
 * What was registered: a bus name, an object path of the sender, or both in one string. Kept as it
 * was said: KDE's watcher does so too, and programs rely on it. service has room for a name. False:
 * it is none of these.
 */
static bool address_parse(
	const char *text, const char *sender, char *service, struct guest_item_address *ret)
{
	size_t length = strcspn(text, "/");

	if (length > DBUS_MAXIMUM_NAME_LENGTH)
		return false;
	snprintf(service, DBUS_MAXIMUM_NAME_LENGTH + 1, "%.*s", (int)length, text);
	*ret = (struct guest_item_address){.service = length > 0 ? service : sender,
		.path = text[length] ? text + length : ITEM_PATH};
	return dbus_validate_bus_name(ret->service, NULL) && strlen(ret->path) <= ITEM_PATH_MAX &&
	       dbus_validate_path(ret->path, NULL);
}

static DBusMessage *on_register_item(void *data, DBusMessage *call)
{
	char service[DBUS_MAXIMUM_NAME_LENGTH + 1];
	struct guest_item_address address;
	const char *text = "";

	dbus_message_get_args(call, NULL, DBUS_TYPE_STRING, &text, DBUS_TYPE_INVALID);
	if (!text[0] || !address_parse(text, dbus_message_get_sender(call), service, &address))
		return dbus_message_new_error(
			call, DBUS_ERROR_INVALID_ARGS, "neither a bus name nor a path");
	item_add(data, &address);
	return dbus_message_new_method_return(call);
}

static DBusMessage *on_register_host(void *data, DBusMessage *call)
{
	(void)data;
	return dbus_message_new_method_return(call);
}

static const struct bus_method methods[] = {
	{"RegisterStatusNotifierItem", "s", on_register_item},
	{"RegisterStatusNotifierHost", "s", on_register_host},
	{0},
};

static void put_items(DBusMessageIter *to, void *data)
{
	const struct guest_watcher *watcher = data;
	DBusMessageIter variant, array;
	char name[512];
	const char *name_at = name;

	dbus_message_iter_open_container(to, DBUS_TYPE_VARIANT, "as", &variant);
	dbus_message_iter_open_container(&variant, DBUS_TYPE_ARRAY, "s", &array);
	for (size_t i = 0; i < watcher->count; i++) {
		item_name(watcher->items[i], name, sizeof(name));
		dbus_message_iter_append_basic(&array, DBUS_TYPE_STRING, &name_at);
	}
	dbus_message_iter_close_container(&variant, &array);
	dbus_message_iter_close_container(to, &variant);
}

static void put_host(DBusMessageIter *to, void *data)
{
	const dbus_bool_t yes = TRUE;

	(void)data;
	value_put_variant(to, DBUS_TYPE_BOOLEAN, &yes);
}

static void put_version(DBusMessageIter *to, void *data)
{
	const dbus_int32_t version = 0;

	(void)data;
	value_put_variant(to, DBUS_TYPE_INT32, &version);
}

static const struct bus_property properties[] = {
	{"RegisteredStatusNotifierItems", put_items},
	{"IsStatusNotifierHostRegistered", put_host},
	{"ProtocolVersion", put_version},
	{0},
};

static const struct bus_object object = {
	.interface = WATCHER_INTERFACE,
	.methods = methods,
	.properties = properties,
	.introspection =
		"<interface name=\"org.kde.StatusNotifierWatcher\">"
		"<property name=\"RegisteredStatusNotifierItems\" type=\"as\" access=\"read\"/>"
		"<property name=\"IsStatusNotifierHostRegistered\" type=\"b\" access=\"read\"/>"
		"<property name=\"ProtocolVersion\" type=\"i\" access=\"read\"/>"
		"<method name=\"RegisterStatusNotifierItem\"><arg type=\"s\" direction=\"in\"/>"
		"</method>"
		"<method name=\"RegisterStatusNotifierHost\"><arg type=\"s\" direction=\"in\"/>"
		"</method>"
		"<signal name=\"StatusNotifierItemRegistered\"><arg type=\"s\"/></signal>"
		"<signal name=\"StatusNotifierItemUnregistered\"><arg type=\"s\"/></signal>"
		"<signal name=\"StatusNotifierHostRegistered\"/>"
		"</interface>",
};

/* ---- signals ---- */

/* A name that was given up takes its items with it, also when the connection stays. */
static void owner_changed(struct guest_watcher *watcher, const char *name, const char *now)
{
	for (size_t i = watcher->count; i > 0; i--) {
		struct guest_item *item = watcher->items[i - 1];
		if (strcmp(guest_item_service(item), name) != 0)
			continue;
		if (now[0])
			guest_item_owner_set(item, now);
		else
			item_remove(watcher, i - 1);
	}
}

void guest_watcher_signal(struct guest_watcher *watcher, DBusMessage *signal)
{
	const char *name, *before, *now, *sender = dbus_message_get_sender(signal);

	if (dbus_message_is_signal(signal, DBUS_INTERFACE_DBUS, "NameOwnerChanged")) {
		if (dbus_message_get_args(signal, NULL, DBUS_TYPE_STRING, &name, DBUS_TYPE_STRING,
			    &before, DBUS_TYPE_STRING, &now, DBUS_TYPE_INVALID))
			owner_changed(watcher, name, now);
		return;
	}
	for (size_t i = 0; sender && i < watcher->count; i++)
		if (strcmp(guest_item_owner(watcher->items[i]), sender) == 0)
			guest_item_signal(watcher->items[i], signal);
}

/* ---- to the host ---- */

void guest_watcher_forget(struct guest_watcher *watcher)
{
	watcher->gone_count = 0;
	for (size_t i = 0; i < watcher->count; i++)
		guest_item_forget(watcher->items[i]);
}

static int gone_send(struct guest_watcher *watcher)
{
	Vmsilo__Tray__ItemGone gone = VMSILO__TRAY__ITEM_GONE__INIT;
	int code = 0;

	while (code == 0 && watcher->gone_count > 0) {
		gone.item = watcher->gone[watcher->gone_count - 1];
		code = guest_stream_send(watcher->stream, FRAME_TRAY_ITEM_GONE, &gone.base);
		if (code == 0)
			watcher->gone_count--;
	}
	return code;
}

/* Only as many items as the host takes; those that wait come when another has gone. */
int guest_watcher_flush(struct guest_watcher *watcher)
{
	int code = gone_send(watcher);
	uint32_t announced = 0;

	for (size_t i = 0; i < watcher->count; i++)
		announced += guest_item_announced(watcher->items[i]);
	for (size_t i = 0; code == 0 && i < watcher->count; i++) {
		bool before = guest_item_announced(watcher->items[i]);
		if (!before && announced >= watcher->stream->items)
			continue;
		code = guest_item_flush(watcher->items[i]);
		announced += guest_item_announced(watcher->items[i]) && !before;
	}
	return code;
}

struct guest_item *guest_watcher_item(struct guest_watcher *watcher, uint32_t number)
{
	for (size_t i = 0; i < watcher->count; i++)
		if (guest_item_number(watcher->items[i]) == number)
			return watcher->items[i];
	return NULL;
}

/* ---- life ---- */

int guest_watcher_create(struct bus *bus, struct guest_stream *stream, struct icon_theme *icons,
	struct guest_watcher **ret)
{
	struct guest_watcher *watcher = calloc(1, sizeof(*watcher));

	if (!watcher)
		return UV_ENOMEM;
	watcher->bus = bus;
	watcher->stream = stream;
	watcher->icons = icons;
	int code = bus_object_register(bus, WATCHER_PATH, &object, watcher);
	if (code < 0) {
		free(watcher);
		return code;
	}
	bus_match(bus,
		"type='signal',sender='" DBUS_SERVICE_DBUS "',member='NameOwnerChanged',arg2=''");
	bus_match(bus, "type='signal',interface='" ITEM_INTERFACE "'");
	bus_match(bus, "type='signal',interface='" MENU_INTERFACE "'");
	bus_match(bus, "type='signal',interface='" DBUS_INTERFACE_PROPERTIES
		       "',arg0='" ITEM_INTERFACE "'");
	*ret = watcher;
	return 0;
}

void guest_watcher_destroy(struct guest_watcher *watcher)
{
	for (size_t i = 0; i < watcher->count; i++)
		guest_item_destroy(watcher->items[i]);
	free(watcher);
}
