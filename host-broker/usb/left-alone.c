#include "host-broker/usb/left-alone.h"

static bool is_of(const struct left_alone *left, size_t index, const struct usb_info *info)
{
	return left->list[index].bus == info->bus && left->list[index].device == info->device;
}

bool left_alone_has(const struct left_alone *left, const struct usb_info *info, const struct vm *vm)
{
	for (size_t i = 0; i < left->count; i++)
		if (left->list[i].vm == vm && is_of(left, i, info))
			return true;
	return false;
}

void left_alone_add(struct left_alone *left, const struct usb_info *info, const struct vm *vm)
{
	if (left->count == LEFT_ALONE_MAX || left_alone_has(left, info, vm))
		return;
	left->list[left->count].bus = info->bus;
	left->list[left->count].device = info->device;
	left->list[left->count++].vm = vm;
}

void left_alone_prune(struct left_alone *left, const struct usb_list *list)
{
	for (size_t i = left->count; i > 0; i--) {
		bool there = false;
		for (size_t j = 0; j < list->count; j++)
			there = there || is_of(left, i - 1, &list->devices[j]);
		if (!there)
			left->list[i - 1] = left->list[--left->count];
	}
}

void left_alone_forget(struct left_alone *left, const struct vm *vm)
{
	for (size_t i = left->count; i > 0; i--)
		if (left->list[i - 1].vm == vm)
			left->list[i - 1] = left->list[--left->count];
}
