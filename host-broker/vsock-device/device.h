/*
 * The virtio socket device itself (virtual I/O specification 1.2, section 5.10): its receive and
 * transmit queue and its table of connections. Host side: the hybrid convention, that is a
 * listening socket whose peers say CONNECT, and sockets PREFIX_PORT that the guest's requests go
 * to.
 *
 * Nothing is dropped because the receive queue is empty: what is to be sent stays with its
 * connection, in a ring of those that have something, until the guest adds buffers. Only answers to
 * packets that belong to no connection are kept apart, and the transmit queue waits when there
 * are too many.
 */
#ifndef VMSILO_BROKER_VSOCK_DEVICE_DEVICE_H
#define VMSILO_BROKER_VSOCK_DEVICE_DEVICE_H

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "host-broker/vsock-device/virtqueue.h"

#define DEVICE_QUEUES 2 /* receive is 0, transmit is 1; the monitor keeps the event queue */
#define DEVICE_CONNECTIONS_MAX 1023

struct device_options {
	const char *name; /* the VM's, for the log; borrowed */
	uint64_t cid;     /* the guest's */
	int listen_fd;    /* where CONNECT comes; taken when create succeeds */
	const char *path; /* the base of the guest's requests: PATH_PORT; borrowed */
};

struct device;

int device_create(uv_loop_t *loop, const struct device_options *options, struct device **ret);
/* The queue, for starting and stopping. */
struct virtqueue *device_queue(struct device *device, unsigned int index);
/* Where the guest is notified of used buffers: an eventfd, borrowed; -1: nowhere. */
void device_set_call(struct device *device, unsigned int index, int fd);
/* Buffers may have come (a kick), or a queue has been started. */
void device_kicked(struct device *device);
/* The guest begins anew: all connections end. */
void device_reset(struct device *device);
size_t device_connections(const struct device *device);
/* Once both queues are stopped. */
void device_destroy(struct device *device);

#endif
