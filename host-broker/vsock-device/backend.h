/*
 * The back end of the vhost-user protocol: one monitor at a time sets the device up, starts and
 * stops its queues, and tells where the guest's memory is.
 *
 * Streams outlive a pause of the guest (queues stopped, and started where they stood); they end
 * when its driver begins anew (queues started elsewhere) and when the monitor goes.
 */
#ifndef VMSILO_BROKER_VSOCK_DEVICE_BACKEND_H
#define VMSILO_BROKER_VSOCK_DEVICE_BACKEND_H

#include <uv.h>

#include "host-broker/vsock-device/device.h"

struct backend;

struct backend_options {
	const char *name; /* the VM's, for the log; borrowed */
	uint64_t cid;
	int listen_fd; /* where the monitor connects; taken when create succeeds */
	struct device *device;
	/* No monitor came, or none came back. */
	void (*on_alone)(void *data);
	void *data;
};

int backend_create(uv_loop_t *loop, const struct backend_options *options, struct backend **ret);
void backend_destroy(struct backend *backend);

#endif
