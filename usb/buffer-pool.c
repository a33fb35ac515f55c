#include "usb/buffer-pool.h"

static size_t slots_of(size_t length)
{
	return (length + BUFFER_POOL_SLOT_SIZE - 1) / BUFFER_POOL_SLOT_SIZE;
}

/* As many slots from the first on. */
static uint32_t slots_mask(size_t slots, size_t first)
{
	return ((UINT32_C(1) << slots) - 1) << first;
}

/* The first of so many slots side by side; BUFFER_POOL_SLOTS: there are none. */
static size_t slots_find(uint32_t used, size_t slots)
{
	for (size_t first = 0; first + slots <= BUFFER_POOL_SLOTS; first++)
		if ((used & slots_mask(slots, first)) == 0)
			return first;
	return BUFFER_POOL_SLOTS;
}

uint8_t *buffer_pool_take(struct buffer_pool *pool, libusb_device_handle *handle,
	unsigned char *(*alloc)(libusb_device_handle *handle, size_t length), size_t length)
{
	if (length < BUFFER_POOL_LEAST || length > BUFFER_POOL_SIZE)
		return NULL;
	for (size_t i = 0; i < BUFFER_POOL_COUNT; i++) {
		size_t first = slots_find(pool->buffers[i].used, slots_of(length));
		if (first == BUFFER_POOL_SLOTS)
			continue;
		if (!pool->buffers[i].memory && !pool->refused) {
			pool->buffers[i].memory = alloc(handle, BUFFER_POOL_SIZE);
			pool->refused = !pool->buffers[i].memory;
		}
		if (!pool->buffers[i].memory)
			continue;
		pool->buffers[i].used |= slots_mask(slots_of(length), first);
		return pool->buffers[i].memory + first * BUFFER_POOL_SLOT_SIZE;
	}
	return NULL;
}

bool buffer_pool_give_back(struct buffer_pool *pool, const uint8_t *memory, size_t length)
{
	for (size_t i = 0; i < BUFFER_POOL_COUNT; i++) {
		uintptr_t start = (uintptr_t)pool->buffers[i].memory;
		uintptr_t at = (uintptr_t)memory;
		if (start == 0 || at < start || at >= start + BUFFER_POOL_SIZE)
			continue;
		size_t first = (at - start) / BUFFER_POOL_SLOT_SIZE;
		pool->buffers[i].used &= ~slots_mask(slots_of(length), first);
		return true;
	}
	return false;
}

void buffer_pool_finish(struct buffer_pool *pool, libusb_device_handle *handle,
	int (*release)(libusb_device_handle *handle, unsigned char *memory, size_t length))
{
	for (size_t i = 0; i < BUFFER_POOL_COUNT; i++)
		if (pool->buffers[i].memory)
			release(handle, pool->buffers[i].memory, BUFFER_POOL_SIZE);
	*pool = (struct buffer_pool){0};
}
