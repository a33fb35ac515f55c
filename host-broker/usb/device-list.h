/*
 * The host's USB devices, read from sysfs: needs neither libusb nor a right to any node. Root hubs
 * are left out.
 */
#ifndef VMSILO_BROKER_USB_DEVICE_LIST_H
#define VMSILO_BROKER_USB_DEVICE_LIST_H

#include "host-broker/config/usb-info.h"

#define USB_LIST_MAX 512 /* devices */

struct usb_list {
	struct usb_info *devices; /* in the order of their paths */
	size_t count;
};

/* sys, proc: "/sys", "/proc", or a test's copies. An empty list where there is no USB. UV_ENOMEM,
 * or what reading gave. */
int usb_list_read(const char *sys, const char *proc, struct usb_list *ret);
void usb_list_finish(struct usb_list *list);
/* NULL when it is not there. */
const struct usb_info *usb_list_find(const struct usb_list *list, const char *path);

#endif
