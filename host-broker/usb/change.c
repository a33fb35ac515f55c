#include "host-broker/usb/change.h"

#include <stdio.h>

void usb_change_words(const struct usb_change *change, char *ret, size_t size)
{
	static const char *const words[] = {
		[USB_CHANGE_ATTACHED] = "is attached",
		[USB_CHANGE_DETACHED] = "is detached",
		[USB_CHANGE_FAILED] = "could not be attached",
		[USB_CHANGE_ASK] = "is plugged in, and waits for an answer whether to attach it",
		[USB_CHANGE_ASK_END] = "no longer waits for an answer",
	};
	const struct usb_info *info = change->info;

	snprintf(ret, size, "the USB device %s (%04x:%04x%s%s) %s%s%s", info->path, info->vendor,
		info->product, info->name[0] ? " " : "", info->name, words[change->kind],
		change->text[0] ? ": " : "", change->text);
}
