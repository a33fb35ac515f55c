/* Reading and writing of D-Bus values, in the few shapes that trays use. */
#ifndef VMSILO_TRAY_BUS_VALUE_H
#define VMSILO_TRAY_BUS_VALUE_H

#include <dbus/dbus.h>
#include <stdbool.h>
#include <stddef.h>

#include "tray/model/picture.h"

/* ---- writing; what no memory is left for is left out, and libdbus refuses to send the rest ----
 */

void value_put_string(DBusMessageIter *to, const char *text);
/* A variant with a basic value: type is DBUS_TYPE_STRING, ..., value points to it. */
void value_put_variant(DBusMessageIter *to, int type, const void *value);
/* An entry of an a{sv}. */
void value_put_entry(DBusMessageIter *dict, const char *key, int type, const void *value);
void value_put_entry_bytes(
	DBusMessageIter *dict, const char *key, const uint8_t *bytes, size_t length);
/* a(iiay) */
void value_put_pixmaps(DBusMessageIter *to, const struct picture *pictures, size_t count);

/* ---- reading; each returns false, and leaves *ret alone, when the value is of another type ----
 */

/* The value within any number of variants. */
void value_unwrap(DBusMessageIter *value, DBusMessageIter *ret);
/* string, object path */
bool value_get_string(DBusMessageIter *value, const char **ret);
bool value_get_bool(DBusMessageIter *value, bool *ret);
/* any integer */
bool value_get_integer(DBusMessageIter *value, int64_t *ret);
bool value_get_bytes(DBusMessageIter *value, const uint8_t **ret, size_t *ret_length);
/* Steps through an a{sv}, or an array of anything: the next element, until false. */
bool value_array_begin(DBusMessageIter *value, DBusMessageIter *ret);
bool value_array_next(DBusMessageIter *array, DBusMessageIter *ret, bool *first);
/* Key and value (unwrapped) of an element of an a{sv}. */
bool value_get_entry(DBusMessageIter *element, const char **ret_key, DBusMessageIter *ret_value);
/* The largest picture of an a(iiay) whose sides and length agree and are sane; shrunk to side_max.
 * None: empty. */
void value_get_pixmaps(DBusMessageIter *value, uint32_t side_max, struct picture *ret);

#endif
