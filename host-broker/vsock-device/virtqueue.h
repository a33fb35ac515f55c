/*
 * A split virtqueue from the device's side: the virtual I/O specification 1.2, sections 2.6 and
 * 2.7, with VIRTIO_F_VERSION_1 and VIRTIO_RING_F_EVENT_IDX; indirect descriptors are not offered.
 *
 * The ring is the guest's, and so may hold anything. A chain is taken whole or not at all: one that
 * loops, leaves the queue or the guest's memory, has a readable part after a writable one or more
 * parts than we take breaks the queue, which then yields nothing until it is started again.
 */
#ifndef VMSILO_BROKER_VSOCK_DEVICE_VIRTQUEUE_H
#define VMSILO_BROKER_VSOCK_DEVICE_VIRTQUEUE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "host-broker/vsock-device/memory.h"

#define VIRTQUEUE_SIZE_MAX 1024 /* descriptors; the largest that QEMU makes */
#define VIRTQUEUE_PARTS_MAX 64  /* a Linux packet has at most a header and 17 fragments */

/* Where the monitor says that the ring is; user addresses. */
struct virtqueue_layout {
	uint32_t size;
	uint64_t descriptors;
	uint64_t available;
	uint64_t used;
};

struct vring_desc;
struct vring_avail;
struct vring_used;

struct virtqueue {
	const struct guest_memory *memory; /* borrowed; NULL while stopped */
	const struct vring_desc *descriptors;
	struct vring_avail *available;
	struct vring_used *used;
	uint16_t size;
	uint16_t next_available; /* the next entry to take */
	uint16_t next_used;
	uint16_t notified_used; /* next_used when the guest was last notified or could have been */
	bool event_idx;
	bool broken;
	const char *reason; /* why it broke */
};

struct virtqueue_chain {
	uint16_t head;
	unsigned int readable_count;
	unsigned int writable_count;
	size_t readable_length;
	size_t writable_length;
	struct iovec parts[VIRTQUEUE_PARTS_MAX]; /* the readable ones, then the writable ones */
};

/* next: the entry to begin with. UV_EINVAL when the layout is not aligned, not in memory or of a
 * size that is no power of two or too large. */
int virtqueue_start(struct virtqueue *queue, const struct guest_memory *memory,
	const struct virtqueue_layout *layout, uint16_t next, bool event_idx);
void virtqueue_stop(struct virtqueue *queue);
bool virtqueue_running(const struct virtqueue *queue);

/* Takes the next chain: 1; 0 when there is none; UV_EPROTO when the queue is or just got broken. */
int virtqueue_pop(struct virtqueue *queue, struct virtqueue_chain *ret);
/* What was taken breaks a rule of the device's own: the queue yields nothing more. Returns
 * UV_EPROTO. reason: a literal. */
int virtqueue_break(struct virtqueue *queue, const char *reason);
/* Puts the chain that was taken last back, unused. */
void virtqueue_unpop(struct virtqueue *queue);
/* Gives a chain back, its writable part filled with that many bytes. */
void virtqueue_push(struct virtqueue *queue, const struct virtqueue_chain *chain, uint32_t written);
/* Asks the guest for a kick at the next chain that it adds. True when one is there already: go on
 * taking, no kick may come for it. */
bool virtqueue_want_kick(struct virtqueue *queue);
/* Whether the guest wants an interrupt for what was given back since the last call. */
bool virtqueue_wants_call(struct virtqueue *queue);

#endif
