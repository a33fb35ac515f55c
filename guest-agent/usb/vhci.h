/* The guest kernel's virtual USB host controller (vhci_hcd), by its sysfs files. */
#ifndef VMSILO_AGENT_USB_VHCI_H
#define VMSILO_AGENT_USB_VHCI_H

#include <stdint.h>

#include "proto/base/error.h"

#define VHCI_DIRECTORY "/sys/devices/platform/vhci_hcd.0"

/* enum usb_device_speed of the kernel. */
enum vhci_speed {
	VHCI_SPEED_LOW = 1,
	VHCI_SPEED_FULL = 2,
	VHCI_SPEED_HIGH = 3,
	VHCI_SPEED_SUPER = 5
};

/* Loads the module if need be, and gives it the connected stream (borrowed: the kernel holds its
 * own reference). A sentence in error when that cannot be. directory: VHCI_DIRECTORY. */
int vhci_attach(const char *directory, int fd, uint32_t devid, uint32_t speed,
	unsigned int *ret_port, struct error *error);
/* The kernel closes its end of the stream when it is done. */
int vhci_detach(const char *directory, unsigned int port);

#endif
