/*
 * Watchers of USB devices: told in the order in which they were added, after the one that made the
 * request.
 */
#ifndef VMSILO_BROKER_USB_WATCH_H
#define VMSILO_BROKER_USB_WATCH_H

#include <sys/queue.h>

struct usb_change;
struct vm;

struct usb_watcher {
	TAILQ_ENTRY(usb_watcher) link; /* in usb_watchers */
	/* It has happened already. Must not lend or take back a device from inside: set a timer of
	 * 0 ms for that. */
	void (*on_usb)(void *data, struct vm *vm, const struct usb_change *change);
	void *data;
};

TAILQ_HEAD(usb_watchers, usb_watcher);

void usb_watchers_tell(
	const struct usb_watchers *watchers, struct vm *vm, const struct usb_change *change);

#endif
