/*
 * The rules of a VM's usb: key. The first that matches a device decides.
 *
 *   usb:
 *     - match: {vendor: 0951, product: 1666, serial: 60A44C, class: storage, port: 1-2.3}
 *       attach: auto
 */
#ifndef VMSILO_BROKER_CONFIG_USB_H
#define VMSILO_BROKER_CONFIG_USB_H

#include "host-broker/config/keys.h"

extern const struct key_table config_usb_keys; /* of struct usb_rule */

#endif
