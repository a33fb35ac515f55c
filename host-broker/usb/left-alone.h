/*
 * Which devices a VM does not get by itself for now: it had it, or was offered it, or it was taken
 * from it by hand. That ends when the device is plugged in anew, which gives it another number, or
 * when the VM starts again. Pure.
 */
#ifndef VMSILO_BROKER_USB_LEFT_ALONE_H
#define VMSILO_BROKER_USB_LEFT_ALONE_H

#include <stdbool.h>

#include "host-broker/usb/device-list.h"

#define LEFT_ALONE_MAX 1024

struct vm;

struct left_alone {
	struct {
		uint32_t bus, device;
		const struct vm *vm;
	} list[LEFT_ALONE_MAX];
	size_t count;
};

void left_alone_add(struct left_alone *left, const struct usb_info *info, const struct vm *vm);
bool left_alone_has(
	const struct left_alone *left, const struct usb_info *info, const struct vm *vm);
/* Of devices that are not in the list. */
void left_alone_prune(struct left_alone *left, const struct usb_list *list);
/* All of one VM. */
void left_alone_forget(struct left_alone *left, const struct vm *vm);

#endif
