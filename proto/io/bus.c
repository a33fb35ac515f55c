#include "proto/io/bus.h"

#include <stdlib.h>
#include <string.h>

#include "proto/io/closer.h"

#define WATCHES_MAX 8        /* libdbus makes one to read and one to write */
#define MESSAGES_PER_TURN 64 /* then others have their turn */

struct bus {
	uv_loop_t *loop;
	const struct bus_ops *ops;
	void *data;
	DBusConnection *connection;
	DBusWatch *watches[WATCHES_MAX];
	bool closing;
	struct closer closer;
	uv_poll_t poll; /* the one descriptor of all watches */
	uv_timer_t dispatch;
};

static void on_poll(uv_poll_t *poll, int status, int events);
static void on_dispatch(uv_timer_t *timer);

/* ---- watches ---- */

static void poll_update(struct bus *bus)
{
	int events = 0;

	for (int i = 0; i < WATCHES_MAX; i++) {
		if (!bus->watches[i] || !dbus_watch_get_enabled(bus->watches[i]))
			continue;
		unsigned int flags = dbus_watch_get_flags(bus->watches[i]);
		events |= (flags & DBUS_WATCH_READABLE ? UV_READABLE : 0) |
			  (flags & DBUS_WATCH_WRITABLE ? UV_WRITABLE : 0);
	}
	if (bus->closing)
		return;
	if (events)
		uv_poll_start(&bus->poll, events, on_poll);
	else
		uv_poll_stop(&bus->poll);
}

static dbus_bool_t watch_add(DBusWatch *watch, void *data)
{
	struct bus *bus = data;

	for (int i = 0; i < WATCHES_MAX; i++) {
		if (bus->watches[i])
			continue;
		bus->watches[i] = watch;
		poll_update(bus);
		return TRUE;
	}
	return FALSE;
}

static void watch_remove(DBusWatch *watch, void *data)
{
	struct bus *bus = data;

	for (int i = 0; i < WATCHES_MAX; i++)
		if (bus->watches[i] == watch)
			bus->watches[i] = NULL;
	poll_update(bus);
}

static void watch_toggled(DBusWatch *watch, void *data)
{
	(void)watch;
	poll_update(data);
}

/* ---- timeouts ---- */

static void on_timeout(uv_timer_t *timer)
{
	dbus_timeout_handle(timer->data);
}

static void on_timeout_closed(uv_handle_t *handle)
{
	free(handle);
}

static void timeout_toggled(DBusTimeout *timeout, void *data)
{
	uv_timer_t *timer = dbus_timeout_get_data(timeout);
	uint64_t interval_ms = (uint64_t)dbus_timeout_get_interval(timeout);

	(void)data;
	if (dbus_timeout_get_enabled(timeout))
		uv_timer_start(timer, on_timeout, interval_ms, interval_ms);
	else
		uv_timer_stop(timer);
}

static dbus_bool_t timeout_add(DBusTimeout *timeout, void *data)
{
	struct bus *bus = data;
	uv_timer_t *timer = malloc(sizeof(*timer));

	if (!timer)
		return FALSE;
	uv_timer_init(bus->loop, timer);
	timer->data = timeout;
	dbus_timeout_set_data(timeout, timer, NULL);
	timeout_toggled(timeout, bus);
	return TRUE;
}

static void timeout_remove(DBusTimeout *timeout, void *data)
{
	uv_timer_t *timer = dbus_timeout_get_data(timeout);

	(void)data;
	uv_close((uv_handle_t *)timer, on_timeout_closed);
}

/* ---- dispatch ---- */

static void dispatch_status_changed(
	DBusConnection *connection, DBusDispatchStatus status, void *data)
{
	struct bus *bus = data;

	(void)connection;
	if (status == DBUS_DISPATCH_DATA_REMAINS && !bus->closing)
		uv_timer_start(&bus->dispatch, on_dispatch, 0, 0);
}

/* A callback may close the bus: bus lives on until its handles are closed. */
static void dispatch(struct bus *bus)
{
	uv_timer_stop(&bus->dispatch);
	for (int i = 0; i < MESSAGES_PER_TURN && !bus->closing; i++)
		if (dbus_connection_dispatch(bus->connection) != DBUS_DISPATCH_DATA_REMAINS)
			return;
	if (!bus->closing)
		uv_timer_start(&bus->dispatch, on_dispatch, 0, 0);
}

static void on_dispatch(uv_timer_t *timer)
{
	dispatch(timer->data);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct bus *bus = poll->data;
	unsigned int ready = (events & UV_READABLE ? DBUS_WATCH_READABLE : 0) |
			     (events & UV_WRITABLE ? DBUS_WATCH_WRITABLE : 0);

	if (status < 0)
		ready = DBUS_WATCH_ERROR | DBUS_WATCH_READABLE;
	for (int i = 0; i < WATCHES_MAX; i++) {
		DBusWatch *watch = bus->watches[i];
		if (!watch || !dbus_watch_get_enabled(watch))
			continue;
		unsigned int flags =
			ready & (dbus_watch_get_flags(watch) | (unsigned int)DBUS_WATCH_ERROR);
		if (flags)
			dbus_watch_handle(watch, flags);
	}
	dispatch(bus);
}

static DBusHandlerResult on_message(DBusConnection *connection, DBusMessage *message, void *data)
{
	struct bus *bus = data;

	(void)connection;
	if (dbus_message_get_type(message) != DBUS_MESSAGE_TYPE_SIGNAL || bus->closing)
		return DBUS_HANDLER_RESULT_NOT_YET_HANDLED;
	if (dbus_message_is_signal(message, DBUS_INTERFACE_LOCAL, "Disconnected"))
		bus->ops->on_lost(bus->data);
	else if (bus->ops->on_signal)
		bus->ops->on_signal(bus->data, message);
	return DBUS_HANDLER_RESULT_HANDLED;
}

/* ---- life ---- */

static void bus_free(void *data)
{
	free(data);
}

static int connect_session(DBusConnection **ret, int *ret_fd, struct error *error)
{
	DBusError dbus_error = DBUS_ERROR_INIT;

	*ret = dbus_bus_get_private(DBUS_BUS_SESSION, &dbus_error);
	if (!*ret) {
		error_set(error, UV_ECONNREFUSED, "cannot connect to the session's D-Bus: %s",
			dbus_error.message);
		dbus_error_free(&dbus_error);
		return UV_ECONNREFUSED;
	}
	dbus_connection_set_exit_on_disconnect(*ret, FALSE);
	if (dbus_connection_get_unix_fd(*ret, ret_fd))
		return 0;
	dbus_connection_close(*ret);
	dbus_connection_unref(*ret);
	return error_set(
		error, UV_ENOTSUP, "the address of the session's D-Bus is not a unix socket");
}

#define SYSTEM_BUS "unix:path=/run/dbus/system_bus_socket"

/* Says hello as the bus demands, without waiting for the name that it gives. */
static int connect_system(DBusConnection **ret, int *ret_fd, struct error *error)
{
	const char *address = getenv("DBUS_SYSTEM_BUS_ADDRESS");
	DBusError dbus_error = DBUS_ERROR_INIT;
	DBusMessage *hello = dbus_message_new_method_call(
		DBUS_SERVICE_DBUS, DBUS_PATH_DBUS, DBUS_INTERFACE_DBUS, "Hello");

	*ret = dbus_connection_open_private(address ? address : SYSTEM_BUS, &dbus_error);
	if (!*ret || !hello) {
		error_set(error, UV_ECONNREFUSED, "cannot connect to the system's D-Bus: %s",
			dbus_error.message ? dbus_error.message : uv_strerror(UV_ENOMEM));
		dbus_error_free(&dbus_error);
	} else if (dbus_connection_get_unix_fd(*ret, ret_fd) &&
		   dbus_connection_send(*ret, hello, NULL)) {
		dbus_message_unref(hello);
		dbus_connection_set_exit_on_disconnect(*ret, FALSE);
		return 0;
	} else {
		error_set(error, UV_ENOTSUP,
			"the address of the system's D-Bus is not a unix socket");
	}
	if (hello)
		dbus_message_unref(hello);
	if (*ret) {
		dbus_connection_close(*ret);
		dbus_connection_unref(*ret);
	}
	return error ? error->code : UV_ECONNREFUSED;
}

/* Takes the connection. */
static int bus_attach(uv_loop_t *loop, DBusConnection *connection, int fd,
	const struct bus_ops *ops, void *data, struct bus **ret, struct error *error)
{
	struct bus *bus = calloc(1, sizeof(*bus));

	if (!bus) {
		dbus_connection_close(connection);
		dbus_connection_unref(connection);
		return error_set(error, UV_ENOMEM, "%s", uv_strerror(UV_ENOMEM));
	}
	bus->connection = connection;
	bus->loop = loop;
	bus->ops = ops;
	bus->data = data;
	closer_init(&bus->closer, bus_free, bus);
	uv_poll_init(loop, &bus->poll, fd);
	uv_timer_init(loop, &bus->dispatch);
	bus->poll.data = bus;
	bus->dispatch.data = bus;
	closer_add(&bus->closer);
	closer_add(&bus->closer);
	if (!dbus_connection_set_watch_functions(
		    bus->connection, watch_add, watch_remove, watch_toggled, bus, NULL) ||
		!dbus_connection_set_timeout_functions(
			bus->connection, timeout_add, timeout_remove, timeout_toggled, bus, NULL) ||
		!dbus_connection_add_filter(bus->connection, on_message, bus, NULL)) {
		bus_close(bus);
		return error_set(error, UV_ENOMEM, "%s", uv_strerror(UV_ENOMEM));
	}
	dbus_connection_set_dispatch_status_function(
		bus->connection, dispatch_status_changed, bus, NULL);
	uv_timer_start(&bus->dispatch, on_dispatch, 0, 0);
	*ret = bus;
	return 0;
}

int bus_open(uv_loop_t *loop, const struct bus_ops *ops, void *data, struct bus **ret,
	struct error *error)
{
	DBusConnection *connection;
	int fd = -1;
	int code = connect_session(&connection, &fd, error);

	return code < 0 ? code : bus_attach(loop, connection, fd, ops, data, ret, error);
}

int bus_open_system(uv_loop_t *loop, const struct bus_ops *ops, void *data, struct bus **ret,
	struct error *error)
{
	DBusConnection *connection;
	int fd = -1;
	int code = connect_system(&connection, &fd, error);

	return code < 0 ? code : bus_attach(loop, connection, fd, ops, data, ret, error);
}

void bus_close(struct bus *bus)
{
	bus->closing = true;
	uv_poll_stop(&bus->poll);
	dbus_connection_set_dispatch_status_function(bus->connection, NULL, NULL, NULL);
	dbus_connection_remove_filter(bus->connection, on_message, bus);
	dbus_connection_set_watch_functions(bus->connection, NULL, NULL, NULL, NULL, NULL);
	dbus_connection_set_timeout_functions(bus->connection, NULL, NULL, NULL, NULL, NULL);
	dbus_connection_close(bus->connection);
	dbus_connection_unref(bus->connection);
	closer_close(&bus->closer, (uv_handle_t *)&bus->poll);
	closer_close(&bus->closer, (uv_handle_t *)&bus->dispatch);
	closer_finish(&bus->closer);
}

DBusConnection *bus_connection(struct bus *bus)
{
	return bus->connection;
}

const char *bus_unique_name(struct bus *bus)
{
	return dbus_bus_get_unique_name(bus->connection);
}

void bus_match(struct bus *bus, const char *rule)
{
	dbus_bus_add_match(bus->connection, rule, NULL);
}

void bus_unmatch(struct bus *bus, const char *rule)
{
	dbus_bus_remove_match(bus->connection, rule, NULL);
}

/* ---- messages ---- */

void bus_send(struct bus *bus, DBusMessage *message)
{
	if (!message)
		return;
	dbus_connection_send(bus->connection, message, NULL);
	dbus_message_unref(message);
}

struct call {
	bus_reply_cb on_reply;
	void *data;
	DBusPendingCall **slot;
};

static void on_reply(DBusPendingCall *pending, void *data)
{
	struct call call = *(struct call *)data;
	DBusMessage *reply = dbus_pending_call_steal_reply(pending);

	*call.slot = NULL;
	dbus_pending_call_unref(pending);
	if (reply) {
		call.on_reply(call.data, reply);
		dbus_message_unref(reply);
	}
}

void bus_call(struct bus *bus, DBusMessage *message, bus_reply_cb on_reply_cb, void *data,
	DBusPendingCall **slot)
{
	bus_call_within(bus, message, BUS_CALL_TIMEOUT_MS, on_reply_cb, data, slot);
}

void bus_call_within(struct bus *bus, DBusMessage *message, int timeout_ms,
	bus_reply_cb on_reply_cb, void *data, DBusPendingCall **slot)
{
	struct call *call = malloc(sizeof(*call));
	DBusPendingCall *pending = NULL;

	*slot = NULL;
	if (message && call)
		dbus_connection_send_with_reply(bus->connection, message, &pending, timeout_ms);
	if (message)
		dbus_message_unref(message);
	if (!pending) {
		free(call);
		return;
	}
	*call = (struct call){.on_reply = on_reply_cb, .data = data, .slot = slot};
	if (!dbus_pending_call_set_notify(pending, on_reply, call, free)) {
		free(call);
		dbus_pending_call_cancel(pending);
		dbus_pending_call_unref(pending);
		return;
	}
	*slot = pending;
}

void bus_call_cancel(DBusPendingCall **slot)
{
	if (!*slot)
		return;
	dbus_pending_call_cancel(*slot);
	dbus_pending_call_unref(*slot);
	*slot = NULL;
}

static DBusMessage *name_call(const char *method, const char *name)
{
	DBusMessage *call = dbus_message_new_method_call(
		DBUS_SERVICE_DBUS, DBUS_PATH_DBUS, DBUS_INTERFACE_DBUS, method);

	if (call) {
		dbus_message_set_no_reply(call, TRUE);
		dbus_message_append_args(call, DBUS_TYPE_STRING, &name, DBUS_TYPE_INVALID);
	}
	return call;
}

void bus_request_name(struct bus *bus, const char *name, uint32_t flags)
{
	DBusMessage *call = name_call("RequestName", name);

	if (call)
		dbus_message_append_args(call, DBUS_TYPE_UINT32, &flags, DBUS_TYPE_INVALID);
	bus_send(bus, call);
}

void bus_release_name(struct bus *bus, const char *name)
{
	bus_send(bus, name_call("ReleaseName", name));
}
