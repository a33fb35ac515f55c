#include "host-broker/vsock-device/memory.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

/* A file that ended early would turn a read of the guest's memory into SIGBUS. */
static int file_check(int fd, uint64_t end)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return -errno;
	return status.st_size < 0 || (uint64_t)status.st_size < end ? UV_EINVAL : 0;
}

int guest_memory_map(struct guest_memory *memory, uint64_t guest, uint64_t user, uint64_t size,
	uint64_t offset, int fd)
{
	if (memory->count == GUEST_MEMORY_REGIONS_MAX)
		return UV_ENOSPC;
	if (size == 0 || size > SIZE_MAX || guest > UINT64_MAX - size || user > UINT64_MAX - size ||
		offset > INT64_MAX - size || offset % (uint64_t)sysconf(_SC_PAGESIZE) != 0)
		return UV_EINVAL;
	int code = file_check(fd, offset + size);
	if (code < 0)
		return code;
	void *host = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE,
		fd, (off_t)offset);
	if (host == MAP_FAILED)
		return -errno;
	memory->regions[memory->count++] =
		(struct guest_region){.guest = guest, .user = user, .size = size, .host = host};
	return 0;
}

void guest_memory_unmap(struct guest_memory *memory)
{
	for (unsigned int i = 0; i < memory->count; i++)
		munmap(memory->regions[i].host, (size_t)memory->regions[i].size);
	memory->count = 0;
}

uint8_t *guest_memory_at(const struct guest_memory *memory, uint64_t guest, uint64_t *length)
{
	for (unsigned int i = 0; i < memory->count; i++) {
		const struct guest_region *region = &memory->regions[i];
		if (guest < region->guest || guest - region->guest >= region->size)
			continue;
		uint64_t offset = guest - region->guest;
		if (*length > region->size - offset)
			*length = region->size - offset;
		return region->host + offset;
	}
	return NULL;
}

uint8_t *guest_memory_at_user(const struct guest_memory *memory, uint64_t user, uint64_t length)
{
	for (unsigned int i = 0; i < memory->count; i++) {
		const struct guest_region *region = &memory->regions[i];
		if (user < region->user || user - region->user >= region->size)
			continue;
		uint64_t offset = user - region->user;
		return length <= region->size - offset ? region->host + offset : NULL;
	}
	return NULL;
}
