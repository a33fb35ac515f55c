/*
 * Memory for large transfers that the host's kernel reads and writes in place (usbfs), so that it
 * neither allocates nor copies a disk's megabytes. A few buffers, made when they are first wanted;
 * who finds none free, or has none because the kernel gives none, uses ordinary memory.
 */
#ifndef VMSILO_USB_BUFFER_POOL_H
#define VMSILO_USB_BUFFER_POOL_H

#include <libusb.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BUFFER_POOL_COUNT 4
#define BUFFER_POOL_SIZE (1024 * 1024) /* bytes of each: what drivers of disks ask for at most */
#define BUFFER_POOL_LEAST (16 * 1024)  /* below it a copy costs little */

struct buffer_pool {
	struct {
		uint8_t *memory; /* NULL: not made yet */
		bool used;
	} buffers[BUFFER_POOL_COUNT];
	bool refused; /* the kernel gave none: it is not asked again */
};

/* NULL when length is out of range or nothing is free. alloc: libusb_dev_mem_alloc(), or a fake. */
uint8_t *buffer_pool_take(struct buffer_pool *pool, libusb_device_handle *handle,
	unsigned char *(*alloc)(libusb_device_handle *handle, size_t length), size_t length);
/* False when the memory is not the pool's. */
bool buffer_pool_give_back(struct buffer_pool *pool, const uint8_t *memory);
/* None is used any more. Before the handle is closed. */
void buffer_pool_finish(struct buffer_pool *pool, libusb_device_handle *handle,
	int (*release)(libusb_device_handle *handle, unsigned char *memory, size_t length));

#endif
