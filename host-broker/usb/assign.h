/*
 * Which device may go to which VM: the configuration's rules, what the host cannot spare, and
 * which VM has it now. Pure.
 */
#ifndef VMSILO_BROKER_USB_ASSIGN_H
#define VMSILO_BROKER_USB_ASSIGN_H

#include <stdbool.h>

#include "host-broker/config/config.h"
#include "host-broker/config/usb-info.h"
#include "proto/base/error.h"

/* The first rule that matches decides; USB_ALLOW where none does. */
enum usb_action usb_rules_find(
	const struct usb_rule *rules, size_t count, const struct usb_info *info);

/* Why the host keeps it unless it is forced: "it is a hub", ...; NULL when it does not. ret: room
 * for the text. */
const char *usb_protection(const struct usb_info *info, char *ret, size_t size);

struct usb_wish {
	const struct usb_info *info;
	const struct vm_config *vm;
	const char *owner; /* the VM that has it; NULL: none */
	bool move, force;
};

/* 0, or with a sentence UV_EALREADY (vm has it), UV_EBUSY (another VM has it), UV_EPERM (a rule
 * denies it, or the host keeps it). */
int usb_assign_check(const struct usb_wish *wish, struct error *error);

#endif
