/*
 * One StatusNotifierItem of a program in the guest: its properties are read when it registers and
 * whenever it signals anything, names of icons become pixels here, and what differs is sent to the
 * host. A program that cannot answer yet is asked again, a few times.
 */
#ifndef VMSILO_TRAY_GUEST_ITEM_H
#define VMSILO_TRAY_GUEST_ITEM_H

#include "tray/guest/menu.h"
#include "tray/model/item.h"

#define GUEST_ICON_SIDE 64 /* pixels that are sent */
#define ITEM_PATH_MAX 255

struct guest_item;

/* What a program registered: service is a bus name, well-known or unique, and path its object. All
 * calls go to that name, since there are programs (Chromium's) that answer to no other. */
struct guest_item_address {
	const char *service, *path; /* path: at most ITEM_PATH_MAX */
};

/* on_lost: nobody has the service's name, and nobody came to have it in time; the item may be
 * destroyed by then. */
int guest_item_create(struct bus *bus, struct guest_stream *stream, struct icon_theme *icons,
	uint32_t number, const struct guest_item_address *address,
	void (*on_lost)(void *data, struct guest_item *item), void *data, struct guest_item **ret);
void guest_item_destroy(struct guest_item *item);

uint32_t guest_item_number(const struct guest_item *item);
const char *guest_item_service(const struct guest_item *item);
const char *guest_item_path(const struct guest_item *item);
/* The unique name of the connection that has the service, from which its signals come; "" while it
 * is not known. */
const char *guest_item_owner(const struct guest_item *item);
/* The service's name went from one connection to another. */
void guest_item_owner_set(struct guest_item *item, const char *owner);

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
