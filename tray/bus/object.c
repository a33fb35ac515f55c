#include "tray/bus/object.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NODE \
	"<!DOCTYPE node PUBLIC \"-//freedesktop//DTD D-BUS Object Introspection 1.0//EN\" " \
	"\"http://www.freedesktop.org/standards/dbus/1.0/introspect.dtd\">\n<node>%s</node>\n"

struct registration {
	struct bus *bus;
	const struct bus_object *object;
	void *data;
};

static DBusMessage *refuse(DBusMessage *call, const char *name, const char *text)
{
	return dbus_message_new_error(call, name, text);
}

static const struct bus_property *property_find(const struct bus_object *object, const char *name)
{
	for (const struct bus_property *property = object->properties; property->name; property++)
		if (strcmp(property->name, name) == 0)
			return property;
	return NULL;
}

static DBusMessage *property_get(
	const struct registration *registration, DBusMessage *call, const char *name)
{
	const struct bus_property *property = property_find(registration->object, name);
	DBusMessageIter to;

	if (!property)
		return refuse(call, DBUS_ERROR_UNKNOWN_PROPERTY, "no such property");
	DBusMessage *reply = dbus_message_new_method_return(call);
	if (!reply)
		return NULL;
	dbus_message_iter_init_append(reply, &to);
	property->put(&to, registration->data);
	return reply;
}

static DBusMessage *properties_get(const struct registration *registration, DBusMessage *call)
{
	DBusMessage *reply = dbus_message_new_method_return(call);
	DBusMessageIter to, dict, entry;

	if (!reply)
		return NULL;
	dbus_message_iter_init_append(reply, &to);
	dbus_message_iter_open_container(&to, DBUS_TYPE_ARRAY, "{sv}", &dict);
	const struct bus_property *property = registration->object->properties;
	for (; property->name; property++) {
		dbus_message_iter_open_container(&dict, DBUS_TYPE_DICT_ENTRY, NULL, &entry);
		dbus_message_iter_append_basic(&entry, DBUS_TYPE_STRING, &property->name);
		property->put(&entry, registration->data);
		dbus_message_iter_close_container(&dict, &entry);
	}
	dbus_message_iter_close_container(&to, &dict);
	return reply;
}

static DBusMessage *properties_handle(const struct registration *registration, DBusMessage *call)
{
	const char *interface = "", *name = "";

	if (dbus_message_has_member(call, "Set"))
		return refuse(call, DBUS_ERROR_PROPERTY_READ_ONLY, "properties are read-only");
	dbus_message_get_args(call, NULL, DBUS_TYPE_STRING, &interface, DBUS_TYPE_INVALID);
	if (dbus_message_has_member(call, "GetAll"))
		return properties_get(registration, call);
	if (dbus_message_has_member(call, "Get") &&
		dbus_message_get_args(call, NULL, DBUS_TYPE_STRING, &interface, DBUS_TYPE_STRING,
			&name, DBUS_TYPE_INVALID))
		return property_get(registration, call, name);
	return refuse(call, DBUS_ERROR_INVALID_ARGS, "wrong arguments");
}

static DBusMessage *introspect(const struct registration *registration, DBusMessage *call)
{
	DBusMessage *reply = dbus_message_new_method_return(call);
	char *text = NULL;

	if (reply && asprintf(&text, NODE, registration->object->introspection) > 0)
		dbus_message_append_args(reply, DBUS_TYPE_STRING, &text, DBUS_TYPE_INVALID);
	free(text);
	return reply;
}

static DBusMessage *method_handle(const struct registration *registration, DBusMessage *call)
{
	const struct bus_method *method = registration->object->methods;

	while (method->name && !dbus_message_has_member(call, method->name))
		method++;
	if (!method->name)
		return refuse(call, DBUS_ERROR_UNKNOWN_METHOD, "no such method");
	if (!dbus_message_has_signature(call, method->signature))
		return refuse(call, DBUS_ERROR_INVALID_ARGS, "wrong arguments");
	return method->handle(registration->data, call);
}

static DBusHandlerResult on_call(DBusConnection *connection, DBusMessage *call, void *data)
{
	/* A handler may close the bus, which unregisters. */
	struct registration registration = *(struct registration *)data;
	const char *interface = dbus_message_get_interface(call);
	DBusMessage *reply;

	if (dbus_message_get_type(call) != DBUS_MESSAGE_TYPE_METHOD_CALL)
		return DBUS_HANDLER_RESULT_NOT_YET_HANDLED;
	if (interface && strcmp(interface, DBUS_INTERFACE_PROPERTIES) == 0)
		reply = properties_handle(&registration, call);
	else if (interface && strcmp(interface, DBUS_INTERFACE_INTROSPECTABLE) == 0)
		reply = introspect(&registration, call);
	else if (!interface || strcmp(interface, registration.object->interface) == 0)
		reply = method_handle(&registration, call);
	else
		return DBUS_HANDLER_RESULT_NOT_YET_HANDLED;
	if (!reply)
		return DBUS_HANDLER_RESULT_HANDLED;
	if (!dbus_message_get_no_reply(call))
		dbus_connection_send(connection, reply, NULL);
	dbus_message_unref(reply);
	return DBUS_HANDLER_RESULT_HANDLED;
}

static void on_unregister(DBusConnection *connection, void *data)
{
	(void)connection;
	free(data);
}

int bus_object_register(
	struct bus *bus, const char *path, const struct bus_object *object, void *data)
{
	static const DBusObjectPathVTable vtable = {
		.message_function = on_call, .unregister_function = on_unregister};
	struct registration *registration = malloc(sizeof(*registration));

	if (!registration)
		return UV_ENOMEM;
	*registration = (struct registration){.bus = bus, .object = object, .data = data};
	if (dbus_connection_register_object_path(bus_connection(bus), path, &vtable, registration))
		return 0;
	free(registration);
	return UV_ENOMEM;
}
