#include "tray/windows/guest/stream/region.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/base/log.h"

void region_init(struct region *region, int fd)
{
	*region = (struct region){.fd = fd};
}

static void region_unmap(struct region *region)
{
	if (region->bytes)
		munmap(region->bytes, region->slots.size);
	region->bytes = NULL;
	region->slots = (struct slots){0};
}

void region_finish(struct region *region)
{
	region_unmap(region);
	if (region->fd >= 0)
		close(region->fd);
	region->fd = -1;
}

void region_resize(struct region *region, uint64_t size)
{
	struct stat status;

	if (size == region->slots.size)
		return;
	region_unmap(region);
	if (size == 0 || region->fd < 0)
		return;
	if (fstat(region->fd, &status) < 0 || (uint64_t)status.st_size < size) {
		log_warning(
			NULL, "the region that is shared with the host is smaller than it says");
		return;
	}
	void *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, region->fd, 0);
	if (bytes == MAP_FAILED) {
		log_warning(NULL, "cannot map the region that is shared with the host: %m");
		return;
	}
	region->bytes = bytes;
	region->slots.size = size;
}
