/*
 * The rules of a VM's usb: key, from what the file says to what they mean. The first that matches a
 * device decides.
 *
 *   usb:
 *     - match: {vendor: 0951, product: 1666, serial: 60A44C, class: storage, port: 1-2.3}
 *       attach: auto
 */
#ifndef VMSILO_BROKER_CONFIG_USB_H
#define VMSILO_BROKER_CONFIG_USB_H

#include <cyaml/cyaml.h>

#include "host-broker/config/config.h"

struct file_usb_match {
	const char *vendor, *product, *serial, *class, *port; /* NULL: any */
};

struct file_usb_rule {
	struct file_usb_match *match;
	enum usb_action attach;
};

extern const cyaml_schema_value_t config_usb_schema; /* of one rule */

/* *ret_rules is the caller's, freed with config_usb_free(). UV_EINVAL and the key that is wrong, or
 * UV_ENOMEM. */
int config_usb_make(const struct file_usb_rule *file, size_t count, struct usb_rule **ret_rules,
	const char **ret_key);
void config_usb_free(struct usb_rule *rules, size_t count);
/* What should stand at key; NULL when it is none of these. */
const char *config_usb_expected(const char *key);

#endif
