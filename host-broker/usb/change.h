/* What happens to a USB device and a VM, for those who watch it (host-broker/usb/watch.h). */
#ifndef VMSILO_BROKER_USB_CHANGE_H
#define VMSILO_BROKER_USB_CHANGE_H

#include "host-broker/config/usb-info.h"

enum usb_change_kind {
	USB_CHANGE_ATTACHED,
	USB_CHANGE_DETACHED, /* the host has it again */
	USB_CHANGE_FAILED,   /* it could not be attached: the host has it again */
	USB_CHANGE_ASK,      /* the user is to be asked whether to attach it */
	USB_CHANGE_ASK_END,  /* that question is no longer open */
};

struct usb_change {
	enum usb_change_kind kind;
	const struct usb_info *info; /* as it was when it was lent */
	int code;                    /* DETACHED, FAILED: attachment_callbacks.on_gone; else 0 */
	const char *text;            /* why; "" where there is nothing to say */
};

/* A sentence of at most USB_CHANGE_WORDS_SIZE bytes for people. */
#define USB_CHANGE_WORDS_SIZE 1024
void usb_change_words(const struct usb_change *change, char *ret, size_t size);

#endif
