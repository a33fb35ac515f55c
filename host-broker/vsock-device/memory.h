/*
 * The guest's memory as the monitor shares it: regions, each known by three addresses - the
 * guest's physical one, the monitor's own ("user" in vhost-user's SET_MEM_TABLE) and ours.
 *
 * Whatever lies in it may change at any moment: read a value once, check the copy, use the copy.
 */
#ifndef VMSILO_BROKER_VSOCK_DEVICE_MEMORY_H
#define VMSILO_BROKER_VSOCK_DEVICE_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#define GUEST_MEMORY_REGIONS_MAX 8 /* VHOST_USER_MAX_RAM_SLOTS without CONFIGURE_MEM_SLOTS */

struct guest_region {
	uint64_t guest; /* physical address */
	uint64_t user;
	uint64_t size;
	uint8_t *host; /* where it is mapped here */
};

struct guest_memory {
	struct guest_region regions[GUEST_MEMORY_REGIONS_MAX];
	unsigned int count;
};

/* Maps size bytes of fd (borrowed) from offset on and adds them as a region. UV_EINVAL when an
 * address range wraps, offset is no multiple of the page size or the file is shorter; UV_ENOSPC
 * when there are too many regions; what mmap(2) says. */
int guest_memory_map(struct guest_memory *memory, uint64_t guest, uint64_t user, uint64_t size,
	uint64_t offset, int fd);
void guest_memory_unmap(struct guest_memory *memory);

/* Our address of a physical one, and in *length how many of the wanted bytes follow on it within
 * its region. NULL when it is in no region. */
uint8_t *guest_memory_at(const struct guest_memory *memory, uint64_t guest, uint64_t *length);
/* Our address of length bytes at one of the monitor's; NULL unless all lie in one region. */
uint8_t *guest_memory_at_user(const struct guest_memory *memory, uint64_t user, uint64_t length);

#endif
