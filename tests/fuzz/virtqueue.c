/*
 * A ring in the guest's hands: the first two bytes choose where it starts, the rest is its memory.
 *
 * Covers: host-broker/vsock-device/virtqueue.c
 * Leaves out: a guest that writes while it is read
 */
#include "host-broker/vsock-device/virtqueue.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SIZE 16
#define MEMORY 4096
#define AVAILABLE 256
#define USED 512

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void parts_check(const uint8_t *memory, const struct virtqueue_chain *chain)
{
	unsigned int count = chain->readable_count + chain->writable_count;
	size_t length = 0;

	if (count > VIRTQUEUE_PARTS_MAX)
		abort();
	for (unsigned int i = 0; i < count; i++) {
		const uint8_t *place = chain->parts[i].iov_base;
		if (place < memory || chain->parts[i].iov_len > MEMORY ||
			place + chain->parts[i].iov_len > memory + MEMORY)
			abort();
		length += chain->parts[i].iov_len;
	}
	if (length != chain->readable_length + chain->writable_length)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct virtqueue_layout layout = {
		.size = SIZE, .descriptors = 0, .available = AVAILABLE, .used = USED};
	static struct virtqueue_chain chain;
	struct virtqueue queue;

	if (size < 2)
		return 0;
	uint8_t *block = aligned_alloc(16, MEMORY);
	if (!block)
		return 0;
	memset(block, 0, MEMORY);
	memcpy(block, data + 2, size - 2 < MEMORY ? size - 2 : MEMORY);
	const struct guest_memory memory = {
		.regions = {{.guest = 0, .size = MEMORY / 2, .host = block},
			{.guest = MEMORY / 2,
				.user = MEMORY / 2,
				.size = MEMORY / 2,
				.host = block + MEMORY / 2}},
		.count = 2};
	if (virtqueue_start(&queue, &memory, &layout, data[0], data[1] & 1) == 0) {
		while (virtqueue_pop(&queue, &chain) > 0) {
			parts_check(block, &chain);
			virtqueue_push(&queue, &chain, 0);
		}
		virtqueue_want_kick(&queue);
		virtqueue_wants_call(&queue);
	}
	free(block);
	return 0;
}
