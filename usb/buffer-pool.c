#include "usb/buffer-pool.h"

uint8_t *buffer_pool_take(struct buffer_pool *pool, libusb_device_handle *handle,
	unsigned char *(*alloc)(libusb_device_handle *handle, size_t length), size_t length)
{
	if (length < BUFFER_POOL_LEAST || length > BUFFER_POOL_SIZE)
		return NULL;
	for (size_t i = 0; i < BUFFER_POOL_COUNT; i++) {
		if (pool->buffers[i].used)
			continue;
		if (!pool->buffers[i].memory && !pool->refused) {
			pool->buffers[i].memory = alloc(handle, BUFFER_POOL_SIZE);
			pool->refused = !pool->buffers[i].memory;
		}
		if (!pool->buffers[i].memory)
			continue;
		pool->buffers[i].used = true;
		return pool->buffers[i].memory;
	}
	return NULL;
}

bool buffer_pool_give_back(struct buffer_pool *pool, const uint8_t *memory)
{
	for (size_t i = 0; i < BUFFER_POOL_COUNT; i++)
		if (pool->buffers[i].memory && pool->buffers[i].memory == memory) {
			pool->buffers[i].used = false;
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
