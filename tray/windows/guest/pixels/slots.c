#include "tray/windows/guest/pixels/slots.h"

#include <string.h>
#include <uv.h>

int slots_take(struct slots *slots, uint64_t size, uint64_t *ret_offset)
{
	uint64_t begin = 0;
	size_t at = 0;

	size = (size + SLOT_ALIGN - 1) / SLOT_ALIGN * SLOT_ALIGN;
	for (; at < slots->count && slots->list[at].offset - begin < size; at++)
		begin = slots->list[at].offset + slots->list[at].size;
	if (slots->count == SLOTS_MAX || begin > slots->size || slots->size - begin < size)
		return UV_ENOSPC;
	memmove(&slots->list[at + 1], &slots->list[at], (slots->count - at) * sizeof(struct slot));
	slots->list[at] = (struct slot){.offset = begin, .size = size};
	slots->count++;
	*ret_offset = begin;
	return 0;
}

void slots_give(struct slots *slots, uint64_t offset)
{
	for (size_t i = 0; i < slots->count; i++) {
		if (slots->list[i].offset != offset)
			continue;
		slots->count--;
		memmove(&slots->list[i], &slots->list[i + 1],
			(slots->count - i) * sizeof(struct slot));
		return;
	}
}
