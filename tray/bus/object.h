/* An object on the bus, told by tables: its methods, its properties, its introspection. */
#ifndef VMSILO_TRAY_BUS_OBJECT_H
#define VMSILO_TRAY_BUS_OBJECT_H

#include "tray/bus/names.h"

struct bus_method {
	const char *name;
	const char *signature; /* of the arguments; another one is refused */
	/* Returns the answer, whose reference is given up, or NULL: it comes later, or never. */
	DBusMessage *(*handle)(void *data, DBusMessage *call);
};

struct bus_property {
	const char *name;
	/* Appends a variant. */
	void (*put)(DBusMessageIter *to, void *data);
};

struct bus_object {
	const char *interface;
	const struct bus_method *methods;      /* ends with a NULL name */
	const struct bus_property *properties; /* likewise */
	const char *introspection;             /* what is within <node> */
};

/* object is borrowed until the bus is closed. */
int bus_object_register(
	struct bus *bus, const char *path, const struct bus_object *object, void *data);

#endif
