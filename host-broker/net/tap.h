/* A VM's TAP: the kernel's end of a guest's network card. It goes when nobody has its descriptor
 * any more, that is with the monitor. */
#ifndef VMSILO_BROKER_NET_TAP_H
#define VMSILO_BROKER_NET_TAP_H

#include "host-broker/network/attachment.h"
#include "proto/base/error.h"

struct nl_sock;

/* directory: open, where the node "tun" lies. Makes it, in the place of one of that name, gives it
 * its addresses and the guest as its only neighbour, and sets it up: what may pass must be in
 * place. *ret_fd: the caller's. 0 or a negative UV_E* and a sentence. */
int tap_make(struct nl_sock *route, int directory, const struct net_interface *interface,
	uint16_t mtu, int *ret_fd, struct error *error);

#endif
