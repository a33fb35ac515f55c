#include "host-broker/vsock-device/virtqueue.h"

#include <endian.h>
#include <linux/virtio_ring.h>
#include <stdatomic.h>
#include <stddef.h>
#include <uv.h>

/* The ring's fields change under us: each access is exactly one, of the field's own width. */
#define ONCE(place) (*(volatile __typeof__(place) *)&(place))

static uint16_t load16(const uint16_t *place)
{
	return le16toh(ONCE(*place));
}

static void store16(uint16_t *place, uint16_t value)
{
	ONCE(*place) = htole16(value);
}

/* The two event fields lie behind the rings (specification, 2.7.10). */
static uint16_t *used_event(struct virtqueue *queue)
{
	return &queue->available->ring[queue->size];
}

static uint16_t *available_event(struct virtqueue *queue)
{
	return (uint16_t *)&queue->used->ring[queue->size];
}

int virtqueue_break(struct virtqueue *queue, const char *reason)
{
	queue->broken = true;
	queue->reason = reason;
	return UV_EPROTO;
}

int virtqueue_start(struct virtqueue *queue, const struct guest_memory *memory,
	const struct virtqueue_layout *layout, uint16_t next, bool event_idx)
{
	uint32_t size = layout->size;

	if (size == 0 || size > VIRTQUEUE_SIZE_MAX || (size & (size - 1)) != 0)
		return UV_EINVAL;
	if (layout->descriptors % VRING_DESC_ALIGN_SIZE != 0 ||
		layout->available % VRING_AVAIL_ALIGN_SIZE != 0 ||
		layout->used % VRING_USED_ALIGN_SIZE != 0)
		return UV_EINVAL;
	uint8_t *descriptors =
		guest_memory_at_user(memory, layout->descriptors, size * sizeof(struct vring_desc));
	uint8_t *available = guest_memory_at_user(memory, layout->available,
		sizeof(struct vring_avail) + (size + 1) * sizeof(uint16_t));
	uint8_t *used = guest_memory_at_user(memory, layout->used,
		sizeof(struct vring_used) + size * sizeof(struct vring_used_elem) +
			sizeof(uint16_t));
	if (!descriptors || !available || !used)
		return UV_EINVAL;
	*queue = (struct virtqueue){
		.memory = memory,
		.descriptors = (const struct vring_desc *)descriptors,
		.available = (struct vring_avail *)available,
		.used = (struct vring_used *)used,
		.size = (uint16_t)size,
		.next_available = next,
		.event_idx = event_idx,
	};
	queue->next_used = queue->notified_used = load16(&queue->used->idx);
	/* Kicks are asked for one by one, when a queue has run empty. */
	if (!event_idx)
		store16(&queue->used->flags, VRING_USED_F_NO_NOTIFY);
	return 0;
}

void virtqueue_stop(struct virtqueue *queue)
{
	queue->memory = NULL;
}

bool virtqueue_running(const struct virtqueue *queue)
{
	return queue->memory != NULL;
}

/* One descriptor may lie across two regions, and is then two parts. */
static int add_parts(struct virtqueue *queue, struct virtqueue_chain *chain, uint64_t address,
	uint32_t length, bool writable)
{
	uint64_t left = length;

	if (address > UINT64_MAX - length)
		return virtqueue_break(queue, "a descriptor wraps around");
	while (left > 0) {
		uint64_t here = left;
		uint8_t *place = guest_memory_at(queue->memory, address, &here);
		if (!place)
			return virtqueue_break(
				queue, "a descriptor points outside of the guest's memory");
		unsigned int count = chain->readable_count + chain->writable_count;
		if (count == VIRTQUEUE_PARTS_MAX)
			return virtqueue_break(queue, "a chain has too many parts");
		chain->parts[count] = (struct iovec){.iov_base = place, .iov_len = (size_t)here};
		if (writable) {
			chain->writable_count++;
			chain->writable_length += (size_t)here;
		} else {
			chain->readable_count++;
			chain->readable_length += (size_t)here;
		}
		address += here;
		left -= here;
	}
	return 0;
}

static int walk(struct virtqueue *queue, struct virtqueue_chain *chain)
{
	uint16_t index = chain->head;

	/* A chain that is longer than the queue has come around. */
	for (uint16_t seen = 0; seen < queue->size; seen++) {
		const struct vring_desc *descriptor = &queue->descriptors[index];
		uint64_t address = le64toh(ONCE(descriptor->addr));
		uint32_t length = le32toh(ONCE(descriptor->len));
		uint16_t flags = le16toh(ONCE(descriptor->flags));
		bool writable = flags & VRING_DESC_F_WRITE;

		if (flags & VRING_DESC_F_INDIRECT)
			return virtqueue_break(queue, "an indirect descriptor without the feature");
		if (!writable && chain->writable_count > 0)
			return virtqueue_break(
				queue, "a readable descriptor follows a writable one");
		int code = add_parts(queue, chain, address, length, writable);
		if (code < 0)
			return code;
		if (!(flags & VRING_DESC_F_NEXT))
			return 1;
		index = le16toh(ONCE(descriptor->next));
		if (index >= queue->size)
			return virtqueue_break(
				queue, "a descriptor's next points outside of the queue");
	}
	return virtqueue_break(queue, "a chain of descriptors loops");
}

int virtqueue_pop(struct virtqueue *queue, struct virtqueue_chain *ret)
{
	if (!queue->memory)
		return 0;
	if (queue->broken)
		return UV_EPROTO;
	uint16_t index = load16(&queue->available->idx);
	if (index == queue->next_available)
		return 0;
	if ((uint16_t)(index - queue->next_available) > queue->size)
		return virtqueue_break(queue, "more chains are available than the queue holds");
	/* The entry was written before the index (2.7.13.3). */
	atomic_thread_fence(memory_order_acquire);
	ret->head = load16(&queue->available->ring[queue->next_available & (queue->size - 1)]);
	ret->readable_count = ret->writable_count = 0;
	ret->readable_length = ret->writable_length = 0;
	if (ret->head >= queue->size)
		return virtqueue_break(queue, "an available chain starts outside of the queue");
	int code = walk(queue, ret);
	if (code > 0)
		queue->next_available++;
	return code;
}

void virtqueue_unpop(struct virtqueue *queue)
{
	queue->next_available--;
}

void virtqueue_push(struct virtqueue *queue, const struct virtqueue_chain *chain, uint32_t written)
{
	struct vring_used_elem *element = &queue->used->ring[queue->next_used & (queue->size - 1)];

	ONCE(element->id) = htole32(chain->head);
	ONCE(element->len) = htole32(written);
	queue->next_used++;
	atomic_thread_fence(memory_order_release);
	store16(&queue->used->idx, queue->next_used);
}

bool virtqueue_want_kick(struct virtqueue *queue)
{
	if (!queue->memory || queue->broken)
		return false;
	if (queue->event_idx)
		store16(available_event(queue), queue->next_available);
	else
		store16(&queue->used->flags, 0);
	/* The guest adds, then looks at what we wrote; we write, then look at what it added. */
	atomic_thread_fence(memory_order_seq_cst);
	bool more = load16(&queue->available->idx) != queue->next_available;
	if (more && !queue->event_idx)
		store16(&queue->used->flags, VRING_USED_F_NO_NOTIFY);
	return more;
}

bool virtqueue_wants_call(struct virtqueue *queue)
{
	uint16_t old = queue->notified_used;

	if (!queue->memory || queue->next_used == old)
		return false;
	queue->notified_used = queue->next_used;
	atomic_thread_fence(memory_order_seq_cst);
	if (!queue->event_idx)
		return !(load16(&queue->available->flags) & VRING_AVAIL_F_NO_INTERRUPT);
	return vring_need_event(load16(used_event(queue)), queue->next_used, old);
}
