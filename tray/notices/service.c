#include "tray/notices/service.h"

#include <stdio.h>
#include <string.h>

#include "proto/limits.h"
#include "tray/bus/value.h"
#include "tray/model/markup.h"
#include "tray/model/notification.h"

#define NAMES_MAX 64 /* of a service's capabilities; the rest is not looked at */

static void on_reply(void *data, DBusMessage *reply)
{
	struct host_service *service = data;
	DBusMessageIter from, array, element;
	const char *name;
	bool first = true;

	if (dbus_message_get_type(reply) != DBUS_MESSAGE_TYPE_METHOD_RETURN ||
		!dbus_message_iter_init(reply, &from) || !value_array_begin(&from, &array))
		return;
	service->capabilities_count = 0;
	service->markup = false;
	for (int i = 0; i < NAMES_MAX && value_array_next(&array, &element, &first); i++) {
		if (!value_get_string(&element, &name))
			continue;
		if (strcmp(name, "body-markup") == 0)
			service->markup = true;
		if (notification_capability_passes(name) &&
			service->capabilities_count < CAPABILITIES_MAX)
			snprintf(service->capabilities[service->capabilities_count++],
				CAPABILITY_SIZE, "%s", name);
	}
	service->on_capabilities(service->data);
}

static void ask(struct host_service *service)
{
	bus_call_cancel(&service->call);
	bus_call(service->bus,
		dbus_message_new_method_call(NOTIFICATIONS_NAME, NOTIFICATIONS_PATH,
			NOTIFICATIONS_INTERFACE, "GetCapabilities"),
		on_reply, service, &service->call);
}

void host_service_init(struct host_service *service, struct bus *bus,
	void (*on_capabilities)(void *data), void *data)
{
	*service =
		(struct host_service){.bus = bus, .on_capabilities = on_capabilities, .data = data};
	bus_match(bus, "type='signal',sender='" DBUS_SERVICE_DBUS
		       "',member='NameOwnerChanged',arg0='" NOTIFICATIONS_NAME "'");
	bus_match(bus, "type='signal',sender='" NOTIFICATIONS_NAME
		       "',interface='" NOTIFICATIONS_INTERFACE "'");
	ask(service);
}

void host_service_put_body(
	const struct host_service *service, DBusMessageIter *to, const char *text)
{
	char escaped[TRAY_TEXT_MAX * MARKUP_ESCAPE_FACTOR + 1];

	if (service->markup)
		markup_escape(escaped, sizeof(escaped), text);
	else
		markup_defuse(escaped, sizeof(escaped), text);
	value_put_string(to, escaped);
}

void host_service_close(struct host_service *service, uint32_t host_id)
{
	DBusMessage *call = dbus_message_new_method_call(NOTIFICATIONS_NAME, NOTIFICATIONS_PATH,
		NOTIFICATIONS_INTERFACE, "CloseNotification");

	if (call) {
		dbus_message_set_no_reply(call, TRUE);
		dbus_message_append_args(call, DBUS_TYPE_UINT32, &host_id, DBUS_TYPE_INVALID);
	}
	bus_send(service->bus, call);
}

void host_service_finish(struct host_service *service)
{
	bus_call_cancel(&service->call);
}

void host_service_signal(struct host_service *service, DBusMessage *signal)
{
	const char *name, *before, *now;

	if (dbus_message_is_signal(signal, DBUS_INTERFACE_DBUS, "NameOwnerChanged") &&
		dbus_message_get_args(signal, NULL, DBUS_TYPE_STRING, &name, DBUS_TYPE_STRING,
			&before, DBUS_TYPE_STRING, &now, DBUS_TYPE_INVALID) &&
		strcmp(name, NOTIFICATIONS_NAME) == 0 && now[0])
		ask(service);
}
