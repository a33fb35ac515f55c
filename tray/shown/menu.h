/*
 * The com.canonical.dbusmenu of one item on the host, served from the checked copy of the guest's
 * menu. Its object lies at a path of our own: some panels refuse "/", which real programs use.
 */
#ifndef VMSILO_TRAY_SHOWN_MENU_H
#define VMSILO_TRAY_SHOWN_MENU_H

#include "tray/bus/names.h"
#include "tray/link/stream.h"
#include "tray/model/menu.h"
#include "tray/shown/pending.h"

#define HOST_MENU_PATH "/vmsilo/Menu"

struct host_menu {
	struct host_stream *stream;
	struct bus *bus;
	struct host_pending *pending; /* the item's */
	uint32_t number;              /* of the item */
	bool followed;                /* the guest was asked for it */
	bool known;                   /* and it came */
	bool answered;                /* a panel has a layout */
	struct menu menu;
	dbus_uint32_t revision;
};

int host_menu_init(struct host_menu *host_menu, struct host_stream *stream, struct bus *bus,
	struct host_pending *pending, uint32_t number);
void host_menu_finish(struct host_menu *host_menu);

/* Both take the menu, and tell the panel what is new. UV_EPROTO as host_item_menu(). */
int host_menu_set(struct host_menu *host_menu, struct menu *menu, struct error *error);
int host_menu_update(struct host_menu *host_menu, struct menu *update, struct error *error);
/* The guest answered AboutToShow; or, with a NULL call, nothing is to be said. */
void host_menu_shown(struct host_menu *host_menu, DBusMessage *call, bool update);
/* Answers a GetLayout with what is known. */
void host_menu_layout(struct host_menu *host_menu, DBusMessage *call);

#endif
