/*
 * One network card of the guest, made to be what the broker says and nothing else: its addresses
 * and routes, no others, and nothing that a router announces. What is so already stays untouched,
 * so that to say it again disturbs no connection.
 */
#ifndef VMSILO_AGENT_NETWORK_INTERFACE_H
#define VMSILO_AGENT_NETWORK_INTERFACE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include "guest-agent/network/netlink.h"
#include "guest-agent/setup/problems.h"
#include "proto/limits.h"

/* In bytes of the family. */
struct interface_address {
	uint8_t family; /* AF_INET, AF_INET6 */
	uint8_t bytes[16];
	uint8_t prefix;
};

/* A destination by way of a gateway that is on the card's own link. */
struct interface_route {
	struct interface_address to; /* prefix 0: all */
	uint8_t gateway[16];
};

struct interface_wanted {
	uint8_t mac[6];
	uint32_t mtu; /* 0: as it is */
	/* None: it is down. */
	struct interface_address addresses[NETWORK_ADDRESSES_MAX];
	size_t addresses_count;
	struct interface_route routes[NETWORK_ROUTES_MAX];
	size_t routes_count;
	/* It forwards: it has to ask for neighbours also in the name of others, which the kernel
	 * does from a link-local address alone. */
	bool link_local;
};

/* ret_index: its number in the kernel, which stays when udev gives it another name; 0: there is
 * none.
 */
void interface_apply(struct netlink *netlink, const struct interface_wanted *wanted,
	struct problems *problems, int *ret_index);
/* 127.0.0.1 and ::1. */
int interface_loopback_up(struct netlink *netlink);

#endif
