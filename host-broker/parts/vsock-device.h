/* The vsock device of a VM: vmsilo-vsock-device, which the monitor finds at a socket of ours.
 * Without it nothing reaches the guest's agent, so its end is the VM's. */
#ifndef VMSILO_BROKER_PARTS_VSOCK_DEVICE_H
#define VMSILO_BROKER_PARTS_VSOCK_DEVICE_H

#include "host-broker/config/config.h"
#include "host-broker/parts/helper.h"
#include "proto/host/paths.h"

#define VSOCK_DEVICE_KEY "vsock_device"
#define VSOCK_DEVICE_NAME "the vsock device"
#define VSOCK_DEVICE_SOCKET "vhost.socket" /* in RUNTIME/VM: the monitor's */

/* Borrowed for the part's life. */
struct vsock_device_options {
	uv_loop_t *loop;
	const struct paths *paths;
	const struct vm_config *vm;
	const struct identity *identity; /* NULL: the broker's own */
	const char *program;             /* path */
};

struct vsock_device {
	struct vsock_device_options options;
	struct helper helper;
};

/* A part's data is &device->helper. RUNTIME/VM/vsock/ exists when it is prepared. */
extern const struct part_kind vsock_device_kind;
void vsock_device_init(struct vsock_device *device, const struct vsock_device_options *options);

#endif
