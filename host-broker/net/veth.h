/*
 * The way out as root: a pair of interfaces, of which the host has vmsilo0, and a table "inet
 * vmsilo" there. Nothing else of the host's is touched, but that it forwards IPv4. IPv6 leads out
 * only where the host forwards it already: to begin with it would end the host's own
 * autoconfiguration.
 */
#ifndef VMSILO_BROKER_NET_VETH_H
#define VMSILO_BROKER_NET_VETH_H

#include <stdbool.h>
#include <sys/types.h>

#include "proto/base/error.h"

#define VETH_NAME "vmsilo0"

struct nft_ctx;
struct nl_sock;

struct veth {
	struct nl_sock *route;
	struct nft_ctx *nft;
	int watch;           /* of the host's tables; -1: none */
	bool forwarding_set; /* by us */
	bool ipv6;           /* leads out */
};

/* What an earlier one left behind is replaced. 0 or a negative UV_E* and a sentence. */
int veth_open(struct veth *veth, struct error *error);
/* The other end is made in the network namespace of that process. */
int veth_make(struct veth *veth, pid_t inside, struct error *error);
/* When watch can be read: a table that somebody else removed is made again. */
void veth_tables_changed(struct veth *veth);
/* All is as it was. */
void veth_close(struct veth *veth);

#endif
