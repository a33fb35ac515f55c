#include "host-broker/usb/watch.h"

void usb_watchers_tell(
	const struct usb_watchers *watchers, struct vm *vm, const struct usb_change *change)
{
	struct usb_watcher *watcher;

	TAILQ_FOREACH (watcher, watchers, link)
		watcher->on_usb(watcher->data, vm, change);
}
