/*
 * The kernel's vhost-vsock: a monitor gets an open /dev/vhost-vsock that has its CID already, so
 * that a CID which another VM of this machine has is found before the monitor runs, and a monitor
 * needs no right to the device. The ioctl is linux/vhost.h's VHOST_VSOCK_SET_GUEST_CID.
 */
#ifndef VMSILO_BROKER_MONITOR_VHOST_VSOCK_H
#define VMSILO_BROKER_MONITOR_VHOST_VSOCK_H

#include <stdint.h>

#include "proto/base/error.h"

/* cid: the one that is wanted, 0 for any that is free. Returns the descriptor, the caller's, or a
 * negative UV_E*. */
int vhost_vsock_open(uint32_t cid, uint32_t *ret_cid, struct error *error);

#endif
