/*
 * One item of a VM in the host's panel: a StatusNotifierItem on a bus connection of its own (panels
 * expect one item a connection), its state kept here, so that it registers again by itself when the
 * panel's watcher comes back.
 *
 * What the panel sees: the title marked with the VM's name, pictures with the VM's border at every
 * size, no names of icons. The overlay is drawn into the picture, within the border, since a panel
 * would draw it over the border.
 */
#ifndef VMSILO_TRAY_SHOWN_ITEM_H
#define VMSILO_TRAY_SHOWN_ITEM_H

#include "proto/base/error.h"
#include "tray/link/stream.h"
#include "tray/model/item.h"
#include "tray/model/menu.h"

struct host_item;

/* number is the guest's; state was checked. stream outlives the item. */
int host_item_create(struct host_stream *stream, uint32_t number, const struct item_state *state,
	struct host_item **ret, struct error *error);
void host_item_destroy(struct host_item *item);

uint32_t host_item_number(const struct host_item *item);
void host_item_update(struct host_item *item, const struct item_state *state);
/* Takes the picture. */
void host_item_icon(struct host_item *item, enum item_icon icon, struct picture *picture);

/* Take the menu. UV_EPROTO when the menu was not asked for, or has no such entry. */
int host_item_menu(struct host_item *item, struct menu *menu, struct error *error);
int host_item_menu_update(struct host_item *item, struct menu *update, struct error *error);
/* True when this item has an event with this serial. */
bool host_item_reply(struct host_item *item, uint32_t serial, bool ok);

#endif
