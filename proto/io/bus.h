/*
 * One D-Bus connection (libdbus-1) on a libuv loop: its descriptor and its timeouts are the loop's,
 * and there is no second loop. The connection is private, so that each has a unique name of its
 * own.
 */
#ifndef VMSILO_PROTO_IO_BUS_H
#define VMSILO_PROTO_IO_BUS_H

#include <dbus/dbus.h>
#include <uv.h>

#include "proto/base/error.h"

#define BUS_CALL_TIMEOUT_MS 10000

struct bus;

struct bus_ops {
	/* A signal, of the bus or of anyone that bus_match() asked for. May be NULL. May close the
	 * bus. */
	void (*on_signal)(void *data, DBusMessage *signal);
	/* The connection is lost; the owner calls bus_close(). */
	void (*on_lost)(void *data);
};

/* Connects to the session bus ($DBUS_SESSION_BUS_ADDRESS), waiting for it. */
int bus_open(uv_loop_t *loop, const struct bus_ops *ops, void *data, struct bus **ret,
	struct error *error);
/* Connects to the system bus ($DBUS_SYSTEM_BUS_ADDRESS), and waits for no answer: messages may be
 * sent at once, and on_lost tells when the bus does not take us. */
int bus_open_system(uv_loop_t *loop, const struct bus_ops *ops, void *data, struct bus **ret,
	struct error *error);
/* Flushes nothing, calls nothing back. Calls under way must have been cancelled by their owners. */
void bus_close(struct bus *bus);

DBusConnection *bus_connection(struct bus *bus);
/* ":1.7" */
const char *bus_unique_name(struct bus *bus);
void bus_match(struct bus *bus, const char *rule);
void bus_unmatch(struct bus *bus, const char *rule);

/* Queues a message and gives up its reference; NULL (no memory when it was made) is no error. */
void bus_send(struct bus *bus, DBusMessage *message);

/* reply: method return or error; borrowed. */
typedef void (*bus_reply_cb)(void *data, DBusMessage *reply);

/*
 * Sends a method call, whose reference is given up, and waits for the reply without blocking. slot
 * is the owner's: not NULL while the call is under way, and NULL again before on_reply runs. When
 * the call cannot be sent slot stays NULL, and on_reply does not run.
 */
void bus_call(struct bus *bus, DBusMessage *call, bus_reply_cb on_reply, void *data,
	DBusPendingCall **slot);
/* The same, for a call that a person may have to answer. */
void bus_call_within(struct bus *bus, DBusMessage *call, int timeout_ms, bus_reply_cb on_reply,
	void *data, DBusPendingCall **slot);
void bus_call_cancel(DBusPendingCall **slot);

/* The flags of RequestName: take the name from one who allows it, let others have it. */
void bus_request_name(struct bus *bus, const char *name, uint32_t flags);
void bus_release_name(struct bus *bus, const char *name);

#endif
