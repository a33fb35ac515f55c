/*
 * A desktop's D-Bus within the process, in place of proto/io/bus.c and tray/bus/object.c: for fuzz
 * targets, where a bus of its own process would be too slow. Every message that the program sends
 * is made whole as for the wire, and libdbus ends the process for one that is not well-formed.
 * Calls wait until the target answers them.
 */
#ifndef VMSILO_TESTS_LIB_BUS_DESK_H
#define VMSILO_TESTS_LIB_BUS_DESK_H

#include <stdbool.h>
#include <stddef.h>

#include "tray/bus/names.h"

/* How many connections are open, objects are registered, calls wait. */
size_t desk_buses(void);
size_t desk_objects(void);
size_t desk_calls(void);

/* A method call of a panel to the object with this number, from 0: its reference is given up. A
 * call of the properties' interface may have any of its members. */
void desk_call(size_t object, DBusMessage *call);
/* Whether its interface is this one. */
bool desk_object_is(size_t object, const char *interface);
/* Answers the call with this number, from 0: with an error, or with arguments as
 * dbus_message_append_args() takes them. */
void desk_refuse(size_t call);
void desk_answer(size_t call, int first_type, ...);
/* A signal to every connection that has on_signal; its reference is given up. */
void desk_signal(DBusMessage *signal);

#endif
