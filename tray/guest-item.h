/*
 * One StatusNotifierItem of a program in the guest: its properties are read when it registers and
 * whenever it signals anything, names of icons become pixels here, and what differs is sent to the
 * host.
 */
#ifndef VMSILO_TRAY_GUEST_ITEM_H
#define VMSILO_TRAY_GUEST_ITEM_H

#include "tray/guest-menu.h"
#include "tray/item-model.h"

#define GUEST_ICON_SIDE 64 /* pixels that are sent */

struct guest_item;

/* service is a unique name, path the item's object. */
int guest_item_create(struct bus *bus, struct guest_stream *stream, struct icon_theme *icons,
	uint32_t number, const char *service, const char *path, struct guest_item **ret);
void guest_item_destroy(struct guest_item *item);

uint32_t guest_item_number(const struct guest_item *item);
const char *guest_item_service(const struct guest_item *item);
const char *guest_item_path(const struct guest_item *item);

/* A signal of its service. */
void guest_item_signal(struct guest_item *item, DBusMessage *signal);
/* The host is another one: it knows nothing yet. */
void guest_item_forget(struct guest_item *item);
/* Whether the host knows it. */
bool guest_item_announced(const struct guest_item *item);
/* Sends what there is to be sent. UV_EAGAIN when some of it is left. */
int guest_item_flush(struct guest_item *item);

/* The host's events. */
void guest_item_event(struct guest_item *item, const Vmsilo__Tray__ItemEvent *event);
struct guest_menu *guest_item_menu(struct guest_item *item);

#endif
