/* Who has which part of the shared region. */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_PIXELS_SLOTS_H
#define VMSILO_TRAY_WINDOWS_GUEST_PIXELS_SLOTS_H

#include <stddef.h>
#include <stdint.h>

#include "proto/limits.h"

#define SLOT_ALIGN 4096
#define SLOTS_MAX (2 * WINDOWS_MAX)

struct slot {
	uint64_t offset, size;
};

/* By offset. */
struct slots {
	uint64_t size; /* of the region; 0: there is none */
	struct slot list[SLOTS_MAX];
	size_t count;
};

/* Takes the first gap that is large enough. UV_ENOSPC. */
int slots_take(struct slots *slots, uint64_t size, uint64_t *ret_offset);
void slots_give(struct slots *slots, uint64_t offset);

#endif
