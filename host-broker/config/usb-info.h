/* What is known of one USB device of the host. Texts are printable already. */
#ifndef VMSILO_BROKER_CONFIG_USB_INFO_H
#define VMSILO_BROKER_CONFIG_USB_INFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define USB_PATH_SIZE 64      /* "1-2.3": five hubs deep at most */
#define USB_TEXT_SIZE 128     /* names as the device gives them, escaped */
#define USB_INTERFACES_MAX 32 /* of a configuration */

#define USB_CLASS_HID 3
#define USB_CLASS_HUB 9
#define USB_PROTOCOL_KEYBOARD 1
#define USB_PROTOCOL_MOUSE 2

struct usb_interface {
	uint8_t number;
	uint8_t class, subclass, protocol;
};

struct usb_info {
	char path[USB_PATH_SIZE]; /* bus and ports: where it is plugged in */
	uint32_t bus, device;     /* which node it has; new each time that it is plugged in */
	uint16_t vendor, product;
	uint8_t class;
	char manufacturer[USB_TEXT_SIZE];
	char name[USB_TEXT_SIZE];
	char serial[USB_TEXT_SIZE];
	char speed[16]; /* Mbit/s, as sysfs has it: "1.5" to "20000" */
	struct usb_interface interfaces[USB_INTERFACES_MAX];
	size_t interfaces_count;
	char mounted[USB_TEXT_SIZE]; /* where the host uses a disk of it: a path, "swap"; "" */
};

/* And not another that was plugged in at its place. */
static inline bool usb_info_same_device(const struct usb_info *one, const struct usb_info *other)
{
	return one->bus == other->bus && one->device == other->device;
}

#endif
