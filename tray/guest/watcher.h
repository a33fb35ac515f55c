/*
 * org.kde.StatusNotifierWatcher in the guest, and the host of it: the list of items. An item lives
 * as long as the name that it was registered by has an owner.
 */
#ifndef VMSILO_TRAY_GUEST_WATCHER_H
#define VMSILO_TRAY_GUEST_WATCHER_H

#include "tray/guest/item.h"

struct guest_watcher;

int guest_watcher_create(struct bus *bus, struct guest_stream *stream, struct icon_theme *icons,
	struct guest_watcher **ret);
void guest_watcher_destroy(struct guest_watcher *watcher);

/* Every signal of the bus. */
void guest_watcher_signal(struct guest_watcher *watcher, DBusMessage *signal);
/* The host is another one. */
void guest_watcher_forget(struct guest_watcher *watcher);
/* Sends what there is to be sent, as far as it goes. */
int guest_watcher_flush(struct guest_watcher *watcher);
/* NULL: it is gone by now. */
struct guest_item *guest_watcher_item(struct guest_watcher *watcher, uint32_t number);

#endif
