/* The host's own addresses, as they come and go: no VM may reach them. */
#ifndef VMSILO_BROKER_NET_HOST_ADDRESSES_H
#define VMSILO_BROKER_NET_HOST_ADDRESSES_H

#include "host-broker/address/address.h"

struct nl_sock;

struct host_addresses {
	struct nl_sock *dump;
	struct nl_sock *events;
};

/* In the namespace where we are now, whichever that is later. 0 or a negative UV_E*. */
int host_addresses_open(struct host_addresses *host);
void host_addresses_close(struct host_addresses *host);
/* Readable when something has changed. */
int host_addresses_fd(const struct host_addresses *host);
/* All that there are, at most max of them. Returns how many, or a negative UV_E*. */
int host_addresses_read(const struct host_addresses *host, struct net_address *ret, size_t max);

#endif
