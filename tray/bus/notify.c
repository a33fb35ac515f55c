#include "tray/bus/notify.h"

#include <dbus/dbus.h>
#include <uv.h>

#include "tray/bus/names.h"
#include "tray/bus/value.h"

static DBusMessage *message_make(const char *summary, const char *body)
{
	DBusMessage *message = dbus_message_new_method_call(
		NOTIFICATIONS_NAME, NOTIFICATIONS_PATH, NOTIFICATIONS_INTERFACE, "Notify");
	DBusMessageIter arguments, list;
	dbus_uint32_t replaces = 0;
	dbus_int32_t expire = -1; /* as the desktop likes */

	if (!message)
		return NULL;
	dbus_message_iter_init_append(message, &arguments);
	value_put_string(&arguments, "vmsilo");
	dbus_message_iter_append_basic(&arguments, DBUS_TYPE_UINT32, &replaces);
	value_put_string(&arguments, "");
	value_put_string(&arguments, summary);
	value_put_string(&arguments, body);
	dbus_message_iter_open_container(&arguments, DBUS_TYPE_ARRAY, "s", &list);
	dbus_message_iter_close_container(&arguments, &list);
	dbus_message_iter_open_container(&arguments, DBUS_TYPE_ARRAY, "{sv}", &list);
	dbus_message_iter_close_container(&arguments, &list);
	dbus_message_iter_append_basic(&arguments, DBUS_TYPE_INT32, &expire);
	return message;
}

int notify_send(const char *summary, const char *body)
{
	DBusConnection *bus = dbus_bus_get_private(DBUS_BUS_SESSION, NULL);

	if (!bus)
		return UV_ENOTCONN;
	dbus_connection_set_exit_on_disconnect(bus, FALSE);
	DBusMessage *message = message_make(summary, body);
	DBusMessage *reply = message ? dbus_connection_send_with_reply_and_block(
					       bus, message, NOTIFY_TIMEOUT_MS, NULL)
				     : NULL;
	int code = reply ? 0 : UV_ENOTCONN;
	if (reply)
		dbus_message_unref(reply);
	if (message)
		dbus_message_unref(message);
	dbus_connection_close(bus);
	dbus_connection_unref(bus);
	return code;
}
