/*
 * What one VM's network is: made from the configuration and the addresses that were allotted
 * (attach.h), and told to vmsilo-net, which makes it so, and to the guest's agent. Plain data,
 * without a pointer: it can be compared, copied and sent. Zero: no network.
 *
 *   guest 10.200.0.1/31 -- TAP, 10.200.0.0 -- vmsilo-net's namespace -- the host's way out
 *                                                  |
 *                                                  `-- TAP `down` -- netvm -- its TAP, and so on
 *
 * Each pair (guest, TAP) has a /31 (RFC 3021) and a /127 (RFC 6164), whose even address is the
 * namespace's, the gateway. The namespace routes: what a VM sends that has a netvm goes to the
 * netvm's second interface, `down`, whose guest routes it on to its first. Answers come back that
 * way. So a VM can be moved to another netvm without its own addresses changing. Names are looked
 * up at the gateway, or at the netvm's address of `down`, which asks further on its own way.
 */
#ifndef VMSILO_BROKER_NETWORK_ATTACHMENT_H
#define VMSILO_BROKER_NETWORK_ATTACHMENT_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host-broker/address/name.h"
#include "host-broker/address/publish.h"
#include "proto/limits.h"

#define NET_PREFIX4 31
#define NET_PREFIX6 127

/* Of TAPs and of guests' cards. As root it is an Ethernet's, by which packets go out of the host.
 * Without it connections end at pasta(1), and packets do: there it is what pasta's own interface
 * has, or the kernel would cut each packet of 64 KiB into some forty of them. */
#define NET_MTU 1500
#define NET_MTU_MAX 65520

/* What a VM may send to beside the default. */
struct net_rule {
	struct net_prefix to;        /* AF_UNSPEC: anything, or: */
	char name[NET_NAME_MAX + 1]; /* what has this name; "": none */
	enum net_protocol protocol;
	struct net_port_range ports[NET_PORTS_MAX]; /* of NET_TCP, NET_UDP, NET_ANY (both) */
	size_t ports_count;                         /* 0: all */
};

/* One TAP and the guest's interface at its other end. */
struct net_interface {
	char tap[IFNAMSIZ]; /* by net_tap_name() */
	uint8_t mac[6];     /* the guest's */
	/* Both families, always; the gateways are the TAP's own addresses. */
	struct in_addr guest4, gateway4;
	struct in6_addr guest6, gateway6;
};

struct net_attachment {
	char vm[VM_NAME_MAX + 1]; /* "": there is none */
	struct net_interface up;
	char netvm[VM_NAME_MAX + 1]; /* through which it goes; "": the host's way out */
	uint16_t mtu;
	struct in_addr dns4; /* where its guest looks names up, if it is not said otherwise */
	/* It has its TAPs, and nothing passes: a VM that runs was taken off its network. */
	bool offline;
	bool is_netvm;                        /* others may go through it, and: */
	struct net_interface down;            /* come in here, */
	struct net_prefix clients4, clients6; /* from these addresses */
	bool deny; /* what no rule allows; false: rules say nothing more */
	struct net_rule rules[NET_RULES_MAX];
	size_t rules_count;
	struct net_host_port host_ports[NET_HOST_PORTS_MAX];
	size_t host_ports_count;
	struct net_publish publish[NET_PUBLISH_MAX];
	size_t publish_count;
};

enum net_side {
	NET_UP,
	NET_DOWN,
	NET_HOST, /* and those that follow: at devices of the host's, by their number in
		     `interfaces` */
};

/* The name of a VM's TAP, at most 15 bytes: "u-NAME" or "d-NAME", or of the host's own "v0-NAME"
 * and so on, where it fits; else with the end of the name replaced by a number that is made of it
 * all ("u.NAMENA7f3a9c1"). Names differ where VMs do, but for two long ones in four thousand
 * million that begin alike. Pure. */
void net_tap_name(const char *vm, enum net_side side, char ret[IFNAMSIZ]);
/* Locally administered and unicast (IEEE 802, second bit set, first not), and always the same for
 * a VM. Pure. */
void net_mac(const char *vm, enum net_side side, uint8_t ret[6]);

#endif
