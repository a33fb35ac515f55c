#include "tests/lib/bus-desk.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "tray/bus/object.h"

#define BUSES_MAX 128
#define OBJECTS_MAX (2 * BUSES_MAX)
#define CALLS_MAX 512

struct bus {
	const struct bus_ops *ops;
	void *data;
};

struct desk_object {
	struct bus *bus;
	const struct bus_object *object;
	void *data;
};

struct desk_pending {
	DBusMessage *call;
	bus_reply_cb on_reply;
	void *data;
	DBusPendingCall **slot;
};

static struct bus *buses[BUSES_MAX];
static size_t buses_count;
static struct desk_object objects[OBJECTS_MAX];
static size_t objects_count;
static struct desk_pending calls[CALLS_MAX];
static size_t calls_count;
static dbus_uint32_t last_serial;

/* As for the wire. */
static void message_make(DBusMessage *message)
{
	char *bytes;
	int length;

	if (!dbus_message_marshal(message, &bytes, &length))
		abort();
	dbus_free(bytes);
}

size_t desk_buses(void)
{
	return buses_count;
}

size_t desk_objects(void)
{
	return objects_count;
}

size_t desk_calls(void)
{
	return calls_count;
}

/* ---- proto/io/bus.h ---- */

int bus_open(uv_loop_t *loop, const struct bus_ops *ops, void *data, struct bus **ret,
	struct error *error)
{
	(void)loop;
	if (buses_count == BUSES_MAX)
		return error_set(error, UV_EMFILE, "too many connections");
	struct bus *bus = calloc(1, sizeof(*bus));
	if (!bus)
		abort();
	*bus = (struct bus){.ops = ops, .data = data};
	buses[buses_count++] = bus;
	*ret = bus;
	return 0;
}

void bus_close(struct bus *bus)
{
	for (size_t i = objects_count; i > 0; i--)
		if (objects[i - 1].bus == bus)
			objects[i - 1] = objects[--objects_count];
	for (size_t i = 0; i < buses_count; i++)
		if (buses[i] == bus)
			buses[i] = buses[--buses_count];
	free(bus);
}

const char *bus_unique_name(struct bus *bus)
{
	(void)bus;
	return ":1.1";
}

void bus_match(struct bus *bus, const char *rule)
{
	(void)bus;
	(void)rule;
}

void bus_send(struct bus *bus, DBusMessage *message)
{
	(void)bus;
	if (!message)
		return;
	message_make(message);
	dbus_message_unref(message);
}

void bus_call(struct bus *bus, DBusMessage *call, bus_reply_cb on_reply, void *data,
	DBusPendingCall **slot)
{
	(void)bus;
	if (!call)
		return;
	dbus_message_set_serial(call, ++last_serial);
	message_make(call);
	if (calls_count == CALLS_MAX)
		abort();
	struct desk_pending *pending = &calls[calls_count++];
	*pending = (struct desk_pending){
		.call = call, .on_reply = on_reply, .data = data, .slot = slot};
	*slot = (DBusPendingCall *)call; /* not NULL, and never looked into */
}

static void call_remove(size_t index)
{
	*calls[index].slot = NULL;
	dbus_message_unref(calls[index].call);
	calls[index] = calls[--calls_count];
}

void bus_call_cancel(DBusPendingCall **slot)
{
	for (size_t i = 0; *slot && i < calls_count; i++)
		if (calls[i].slot == slot)
			call_remove(i);
	*slot = NULL;
}

/* ---- tray/bus/object.h ---- */

int bus_object_register(
	struct bus *bus, const char *path, const struct bus_object *object, void *data)
{
	(void)path;
	if (objects_count == OBJECTS_MAX)
		abort();
	objects[objects_count++] = (struct desk_object){.bus = bus, .object = object, .data = data};
	return 0;
}

/* ---- the target ---- */

bool desk_object_is(size_t object, const char *interface)
{
	return object < objects_count && strcmp(objects[object].object->interface, interface) == 0;
}

static void properties_put(const struct desk_object *object)
{
	for (const struct bus_property *property = object->object->properties; property->name;
		property++) {
		DBusMessage *reply = dbus_message_new(DBUS_MESSAGE_TYPE_SIGNAL);
		DBusMessageIter to;
		dbus_message_set_path(reply, "/x");
		dbus_message_set_interface(reply, "x.y");
		dbus_message_set_member(reply, "z");
		dbus_message_iter_init_append(reply, &to);
		property->put(&to, object->data);
		message_make(reply);
		dbus_message_unref(reply);
	}
}

void desk_call(size_t index, DBusMessage *call)
{
	const struct desk_object object = objects[index % objects_count];
	const struct bus_method *method = object.object->methods;

	dbus_message_set_serial(call, ++last_serial);
	dbus_message_set_sender(call, ":1.2");
	if (dbus_message_has_interface(call, DBUS_INTERFACE_PROPERTIES))
		properties_put(&object);
	while (method->name && !dbus_message_has_member(call, method->name))
		method++;
	if (method->name && dbus_message_has_signature(call, method->signature))
		bus_send(object.bus, method->handle(object.data, call));
	dbus_message_unref(call);
}

static void call_end(size_t index, DBusMessage *reply)
{
	const struct desk_pending pending = calls[index];

	dbus_message_set_serial(reply, ++last_serial);
	dbus_message_set_sender(reply, ":1.3");
	call_remove(index);
	pending.on_reply(pending.data, reply);
	dbus_message_unref(reply);
}

void desk_refuse(size_t call)
{
	size_t index = call % calls_count;

	call_end(index, dbus_message_new_error(calls[index].call, DBUS_ERROR_FAILED, "no"));
}

void desk_answer(size_t call, int first_type, ...)
{
	size_t index = call % calls_count;
	DBusMessage *reply = dbus_message_new_method_return(calls[index].call);
	va_list arguments;

	va_start(arguments, first_type);
	if (!dbus_message_append_args_valist(reply, first_type, arguments))
		abort();
	va_end(arguments);
	call_end(index, reply);
}

void desk_signal(DBusMessage *signal)
{
	struct bus *told[BUSES_MAX];
	size_t count = buses_count;

	dbus_message_set_serial(signal, ++last_serial);
	dbus_message_set_sender(signal, DBUS_SERVICE_DBUS);
	memcpy(told, buses, sizeof(told));
	for (size_t i = 0; i < count; i++)
		if (told[i]->ops->on_signal)
			told[i]->ops->on_signal(told[i]->data, signal);
	dbus_message_unref(signal);
}
