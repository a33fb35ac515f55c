/* A VM's network as a message between the broker and vmsilo-net (proto/net.proto), both ways. */
#ifndef VMSILO_BROKER_NETWORK_WIRE_H
#define VMSILO_BROKER_NETWORK_WIRE_H

#include "host-broker/network/attachment.h"
#include "proto/net.pb-c.h"

/* What a message's pointers lead to. */
struct net_wire {
	Vmsilo__Net__Interface up, down;
	Vmsilo__Net__Rule rules[NET_RULES_MAX];
	Vmsilo__Net__Rule *rule_list[NET_RULES_MAX];
	Vmsilo__Net__Ports ports[NET_RULES_MAX][NET_PORTS_MAX];
	Vmsilo__Net__Ports *port_lists[NET_RULES_MAX][NET_PORTS_MAX];
	Vmsilo__Net__HostPort host_ports[NET_HOST_PORTS_MAX];
	Vmsilo__Net__HostPort *host_port_list[NET_HOST_PORTS_MAX];
	Vmsilo__Net__Publish publish[NET_PUBLISH_MAX];
	Vmsilo__Net__Publish *publish_list[NET_PUBLISH_MAX];
};

/* *ret borrows from both others. */
void net_wire_pack(
	const struct net_attachment *attachment, struct net_wire *wire, Vmsilo__Net__Set *ret);
/* Whether both are the same message. False also when memory is short. */
bool net_wire_equal(const struct net_attachment *one, const struct net_attachment *other);
/* Looks at everything. False: it is none. */
bool net_wire_unpack(const Vmsilo__Net__Set *untrusted, struct net_attachment *ret);

#endif
