/*
 * What is dragged, on its way from an X11 program to a Wayland program's pipe. A piece at a time is
 * ours, whatever its length, in ICCCM's one property or many (INCR).
 */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_XDND_TRANSFERS_H
#define VMSILO_TRAY_WINDOWS_GUEST_XDND_TRANSFERS_H

#include <wayland-server-core.h>

#include "tray/windows/guest/xdnd/connection.h"

#define TRANSFERS_MAX 16      /* at once; more get nothing */
#define TRANSFER_PIECE 0x4000 /* words of a property that are read at once */

struct transfers {
	struct connection *connection;
	struct wl_list list; /* transfer->link */
	unsigned int count;
};

void transfers_init(struct transfers *transfers, struct connection *connection);
/* Asks the selection's owner for this target, as of a time of X11's. Takes fd. */
void transfers_begin(struct transfers *transfers, xcb_atom_t target, xcb_timestamp_t time, int fd);
void transfers_on_notify(struct transfers *transfers, const xcb_selection_notify_event_t *event);
void transfers_on_property(struct transfers *transfers, const xcb_property_notify_event_t *event);
/* Who reads sees an end. */
void transfers_end(struct transfers *transfers);

#endif
