#include "host-broker/usb/assign.h"

#include <stdio.h>
#include <string.h>
#include <uv.h>

static bool class_matches(int class, const struct usb_info *info)
{
	if (info->class == class)
		return true;
	for (size_t i = 0; i < info->interfaces_count; i++)
		if (info->interfaces[i].class == class)
			return true;
	return false;
}

/* What a rule does not say matches anything. */
static bool rule_matches(const struct usb_rule *rule, const struct usb_info *info)
{
	return (rule->vendor < 0 || rule->vendor == info->vendor) &&
	       (rule->product < 0 || rule->product == info->product) &&
	       (rule->class < 0 || class_matches(rule->class, info)) &&
	       (!rule->serial[0] || strcmp(rule->serial, info->serial) == 0) &&
	       (!rule->port[0] || strcmp(rule->port, info->path) == 0);
}

enum usb_action usb_rules_find(
	const struct usb_rule *rules, size_t count, const struct usb_info *info)
{
	for (size_t i = 0; i < count; i++)
		if (rule_matches(&rules[i], info))
			return rules[i].action;
	return USB_ALLOW;
}

const char *usb_protection(const struct usb_info *info, char *ret, size_t size)
{
	if (class_matches(USB_CLASS_HUB, info))
		return "it is a hub";
	for (size_t i = 0; i < info->interfaces_count; i++) {
		const struct usb_interface *interface = &info->interfaces[i];
		if (interface->class != USB_CLASS_HID)
			continue;
		if (interface->protocol == USB_PROTOCOL_KEYBOARD)
			return "it is the host's keyboard";
		if (interface->protocol == USB_PROTOCOL_MOUSE)
			return "it is the host's mouse";
	}
	if (!info->mounted[0])
		return NULL;
	snprintf(ret, size, "the host uses it as %s", info->mounted);
	return ret;
}

int usb_assign_check(const struct usb_wish *wish, struct error *error)
{
	const struct usb_info *info = wish->info;
	const char *vm = wish->vm->name;
	char text[USB_TEXT_SIZE + 32];

	if (wish->owner && strcmp(wish->owner, vm) == 0)
		return error_set(
			error, UV_EALREADY, "vm \"%s\" already has the device %s", vm, info->path);
	if (usb_rules_find(wish->vm->usb.items, wish->vm->usb.count, info) == USB_DENY)
		return error_set(error, UV_EPERM,
			"vm \"%s\" (%s): a rule in its \"usb\" list denies the device %s", vm,
			wish->vm->source, info->path);
	if (wish->owner && !wish->move)
		return error_set(error, UV_EBUSY,
			"the device %s is attached to the VM \"%s\"; use --move to take it from "
			"there",
			info->path, wish->owner);
	const char *why = usb_protection(info, text, sizeof(text));
	if (why && !wish->owner && !wish->force)
		return error_set(error, UV_EPERM,
			"the device %s stays with the host: %s; use --force to attach it anyway",
			info->path, why);
	return 0;
}
