/* The smallest program with a tray item, for a guest without a desktop: red, titled as its argument
 * says. Prints what is called. */
#include <stdio.h>
#include <string.h>

#include "tray/bus/names.h"
#include "tray/bus/value.h"

static const char *title;

static void put_text(DBusMessageIter *dict, const char *key, const char *text)
{
	value_put_entry(dict, key, DBUS_TYPE_STRING, &text);
}

static void put_icon(DBusMessageIter *dict)
{
	static const uint8_t red[] = {0xff, 0xff, 0, 0};
	uint8_t pixels[24 * 24 * sizeof(red)];
	const struct picture picture = {.width = 24, .height = 24, .pixels = pixels};
	const char *key = "IconPixmap";
	DBusMessageIter entry, variant;

	for (size_t i = 0; i < sizeof(pixels); i += sizeof(red))
		memcpy(pixels + i, red, sizeof(red));
	dbus_message_iter_open_container(dict, DBUS_TYPE_DICT_ENTRY, NULL, &entry);
	dbus_message_iter_append_basic(&entry, DBUS_TYPE_STRING, &key);
	dbus_message_iter_open_container(&entry, DBUS_TYPE_VARIANT, "a(iiay)", &variant);
	value_put_pixmaps(&variant, &picture, 1);
	dbus_message_iter_close_container(&entry, &variant);
	dbus_message_iter_close_container(dict, &entry);
}

static DBusMessage *properties(DBusMessage *call)
{
	DBusMessage *reply = dbus_message_new_method_return(call);
	DBusMessageIter to, dict;

	dbus_message_iter_init_append(reply, &to);
	dbus_message_iter_open_container(&to, DBUS_TYPE_ARRAY, "{sv}", &dict);
	put_text(&dict, "Id", "item");
	put_text(&dict, "Title", title);
	put_text(&dict, "Status", "Active");
	put_text(&dict, "Category", "ApplicationStatus");
	put_icon(&dict);
	dbus_message_iter_close_container(&to, &dict);
	return reply;
}

static DBusHandlerResult on_call(DBusConnection *connection, DBusMessage *call, void *data)
{
	DBusMessage *reply;

	(void)data;
	if (dbus_message_has_member(call, "GetAll"))
		reply = properties(call);
	else
		reply = dbus_message_new_method_return(call);
	printf("%s\n", dbus_message_get_member(call));
	fflush(stdout);
	dbus_connection_send(connection, reply, NULL);
	dbus_message_unref(reply);
	return DBUS_HANDLER_RESULT_HANDLED;
}

/* Waits for a watcher to answer. */
static void item_register(DBusConnection *connection)
{
	const char *name = dbus_bus_get_unique_name(connection);
	DBusMessage *reply = NULL;

	while (!reply) {
		DBusMessage *call = dbus_message_new_method_call(WATCHER_NAME, WATCHER_PATH,
			WATCHER_INTERFACE, "RegisterStatusNotifierItem");
		dbus_message_append_args(call, DBUS_TYPE_STRING, &name, DBUS_TYPE_INVALID);
		reply = dbus_connection_send_with_reply_and_block(connection, call, 1000, NULL);
		dbus_message_unref(call);
		if (!reply)
			dbus_connection_read_write_dispatch(connection, 200);
	}
	dbus_message_unref(reply);
}

int main(int argc, char **argv)
{
	static const DBusObjectPathVTable vtable = {.message_function = on_call};
	DBusConnection *connection = dbus_bus_get(DBUS_BUS_SESSION, NULL);

	if (argc != 2 || !connection)
		return 1;
	title = argv[1];
	dbus_connection_register_object_path(connection, ITEM_PATH, &vtable, NULL);
	item_register(connection);
	while (dbus_connection_read_write_dispatch(connection, -1))
		;
	return 0;
}
