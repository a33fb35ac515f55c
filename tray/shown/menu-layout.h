/* A checked menu as com.canonical.dbusmenu spells it. */
#ifndef VMSILO_TRAY_SHOWN_MENU_LAYOUT_H
#define VMSILO_TRAY_SHOWN_MENU_LAYOUT_H

#include <dbus/dbus.h>

#include "tray/model/menu.h"

#define LAYOUT_NAMES_MAX 32 /* of properties that a panel asks for; more: all */

/* The properties that a panel wants; none named: all. */
struct layout_names {
	const char *list[LAYOUT_NAMES_MAX]; /* the message's */
	size_t count;
};

void layout_names_read(DBusMessageIter *array_value, struct layout_names *ret);

/* a{sv}: all of them, defaults too, so that what a panel has from before is overwritten. entry
 * NULL: the menu itself. */
void layout_put_properties(
	DBusMessageIter *to, const struct layout_names *names, const struct menu_entry *entry);
/* (ia{sv}av): the entry at place - 1 (0: the menu itself) and so many levels below it (-1: all). */
void layout_put(DBusMessageIter *to, const struct menu *menu, uint32_t place, int depth,
	const struct layout_names *names);
/* (ia{sv}), an element of GetGroupProperties and ItemsPropertiesUpdated. */
void layout_put_member(DBusMessageIter *array, const struct menu_entry *entry, int32_t id,
	const struct layout_names *names);
/* (ias), which says that the entry has no icon any more. */
void layout_put_removed(DBusMessageIter *array, int32_t id);

#endif
