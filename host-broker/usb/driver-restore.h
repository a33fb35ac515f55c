/* The host's own drivers for a device whose server could not give it back itself. */
#ifndef VMSILO_BROKER_USB_DRIVER_RESTORE_H
#define VMSILO_BROKER_USB_DRIVER_RESTORE_H

#include "host-broker/config/usb-info.h"

/* Asks the kernel to look for a driver for each interface. What has one already keeps it; a device
 * that is gone needs none. */
void driver_restore(const struct usb_info *info);

#endif
