/*
 * Interfaces, addresses, neighbours, routes and rules of our namespace, by netlink (libnl). Each
 * call waits for the kernel's answer, which is immediate. 0 or a negative UV_E*.
 */
#ifndef VMSILO_BROKER_NET_ROUTE_H
#define VMSILO_BROKER_NET_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

#include "host-broker/address/address.h"

struct nl_sock;

/* In the namespace where we are now, whichever that is later. */
int route_open(struct nl_sock **ret);
void route_close(struct nl_sock *route);
/* One that only listens, to what changes of some kinds: count of RTNLGRP_*. Likewise. */
int route_watch(const int *groups, size_t count, struct nl_sock **ret);
/* Readable when something has changed, */
int route_watch_fd(const struct nl_sock *watch);
/* until this was called. What has is not told: it is to be looked at anew, also when some was lost.
 */
void route_watch_drain(const struct nl_sock *watch);
/* Likewise of any netlink socket that only tells of changes. */
void route_drain(int fd);

/* 0: there is none. */
int route_index(struct nl_sock *route, const char *name);
int route_set_up(struct nl_sock *route, int index);
int route_set_mtu(struct nl_sock *route, int index, unsigned int mtu);
/* 0 also when it is gone. */
int route_delete_link(struct nl_sock *route, int index);
int route_add_address(
	struct nl_sock *route, int index, const struct net_address *address, uint8_t length);
/* For good: what the neighbour itself says of it does not count. */
int route_add_neighbour(
	struct nl_sock *route, int index, const struct net_address *address, const uint8_t mac[6]);
/* The default route of a table, in the place of what it was. */
int route_set_default(
	struct nl_sock *route, uint32_t table, int index, const struct net_address *gateway);
/* What comes in by an interface of that name goes by that table; remove: no more. Both families. */
int route_set_rule(struct nl_sock *route, const char *name, uint32_t table, bool remove);

#endif
