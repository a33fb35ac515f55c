/* The memory that the guest shares with the host, for frames; what is in it is the guest's to
 * write. */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_STREAM_REGION_H
#define VMSILO_TRAY_WINDOWS_GUEST_STREAM_REGION_H

#include "tray/windows/guest/pixels/slots.h"

struct region {
	int fd;         /* -1: there is none */
	uint8_t *bytes; /* NULL until it is mapped */
	struct slots slots;
};

/* Takes fd; -1. */
void region_init(struct region *region, int fd);
void region_finish(struct region *region);
/* The host allows so many bytes of it. Slots that were taken are given back. */
void region_resize(struct region *region, uint64_t size);

#endif
