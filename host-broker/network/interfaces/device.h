/*
 * A network device of the host's that a VM gets by hand: a TAP that is there, or a bridge, on which
 * a TAP is made that goes when nobody has its descriptor any more. In the namespace where we are,
 * with CAP_NET_ADMIN.
 *
 * What is there is left as it is: a TAP is not set up, a bridge not changed. The new TAP's own MAC
 * address begins with fe, so that a bridge, which takes the least of its ports', does not change
 * its own; its MTU is the bridge's, which would shrink otherwise; and the host has no IPv6 on it.
 */
#ifndef VMSILO_BROKER_NETWORK_INTERFACES_DEVICE_H
#define VMSILO_BROKER_NETWORK_INTERFACES_DEVICE_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "proto/base/error.h"

struct host_device {
	int fd;       /* the caller's; one queue, IFF_TAP | IFF_NO_PI | IFF_VNET_HDR */
	uint16_t mtu; /* that the guest's card is to have */
	bool is_up;
};

/* Both: 0, or a negative UV_E* and a sentence that says what to do. */
int host_device_open_tap(const char *tap, struct host_device *ret, struct error *error);
/* tap: its name; mac: the guest's. */
int host_device_open_bridge(const char *bridge, const char tap[IFNAMSIZ], const uint8_t mac[6],
	struct host_device *ret, struct error *error);

#endif
