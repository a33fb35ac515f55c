/*
 * How people name a device: vendor and product (0951:1666), bus and ports (1-2.3), or bus and
 * device number (1.12). Pure.
 */
#ifndef VMSILO_BROKER_CONFIG_USB_SELECTOR_H
#define VMSILO_BROKER_CONFIG_USB_SELECTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "host-broker/config/usb-info.h"

enum usb_selector_kind { USB_SELECT_ID, USB_SELECT_PATH, USB_SELECT_NODE };

struct usb_selector {
	enum usb_selector_kind kind;
	uint16_t vendor, product;
	char path[USB_PATH_SIZE];
	uint32_t bus, device;
};

/* "1-2.3": bus, then one to seven ports. */
bool usb_path_valid(const char *text);
/* UV_EINVAL when it is none of the three. */
int usb_selector_parse(const char *text, struct usb_selector *ret);
bool usb_selector_matches(const struct usb_selector *selector, const struct usb_info *info);

#endif
