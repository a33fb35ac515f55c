/*
 * Memory for large transfers that the host's kernel reads and writes in place (usbfs), so that it
 * neither allocates nor copies a disk's megabytes. A few buffers, made when they are first wanted,
 * each cut into slots, since some drivers ask for a megabyte at once and others for many pieces of
 * 64 KiB; a transfer for which there is no slot, or no buffer from the kernel, uses ordinary
 * memory.
 */
#ifndef VMSILO_USB_BUFFER_POOL_H
#define VMSILO_USB_BUFFER_POOL_H

#include <libusb.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BUFFER_POOL_COUNT 4
#define BUFFER_POOL_SIZE (1024 * 1024) /* bytes of each: what drivers of disks ask for at most */
#define BUFFER_POOL_SLOTS 16           /* in each */
#define BUFFER_POOL_SLOT_SIZE (BUFFER_POOL_SIZE / BUFFER_POOL_SLOTS)
#define BUFFER_POOL_LEAST (16 * 1024) /* below it a copy costs little */

struct buffer_pool {
	struct {
		uint8_t *memory; /* NULL: not made yet */
		uint32_t used;   /* a bit for each slot */
	} buffers[BUFFER_POOL_COUNT];
	bool refused; /* the kernel gave none: it is not asked again */
};

/* NULL when length is out of range or no buffer has room for it. alloc: libusb_dev_mem_alloc(), or
 * a fake. */
uint8_t *buffer_pool_take(struct buffer_pool *pool, libusb_device_handle *handle,
	unsigned char *(*alloc)(libusb_device_handle *handle, size_t length), size_t length);
/* length as it was taken. False when the memory is not the pool's. */
bool buffer_pool_give_back(struct buffer_pool *pool, const uint8_t *memory, size_t length);
/* None is used any more. Before the handle is closed. */
void buffer_pool_finish(struct buffer_pool *pool, libusb_device_handle *handle,
	int (*release)(libusb_device_handle *handle, unsigned char *memory, size_t length));

#endif
