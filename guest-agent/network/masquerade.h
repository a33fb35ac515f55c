/*
 * What makes a guest a netvm: it forwards what comes in on its clients' side, under its own
 * addresses, and looks their names up where it looks up its own. In a table of the kernel's packet
 * filter that is ours, "inet vmsilo", beside whatever rules the guest has else:
 *
 *   input         from a client to this guest itself: its ports for them, ping, names if it is
 *                 where they are looked up; nothing else, at whichever of its addresses
 *   forward       from client to client: nothing; to a client: answers alone. TCP is told how large
 *                 a packet the way out takes, which clients do not know
 *   destinations  names that clients ask for at our address: to our first server
 *   sources       what clients send to anywhere else: masqueraded
 *
 * By whichever interface it goes out: a guest with a tunnel, as a VPN, takes its clients through
 * it. The table is the agent's (NFT_TABLE_F_OWNER, since Linux 5.12): what "nft flush ruleset"
 * removes, with which Debian's nftables.service begins, is the others', and it goes with the agent.
 */
#ifndef VMSILO_AGENT_NETWORK_MASQUERADE_H
#define VMSILO_AGENT_NETWORK_MASQUERADE_H

#include <netinet/in.h>

#include "guest-agent/network/nf-batch.h"
#include "guest-agent/setup/problems.h"
#include "proto/limits.h"

struct masquerade_port {
	uint8_t protocol; /* IPPROTO_TCP, IPPROTO_UDP */
	uint16_t port;
};

struct masquerade {
	int interface;           /* on the clients' side, its number */
	struct in_addr address4; /* its own there; 0.0.0.0: it has none */
	struct in_addr dns4;     /* where names are looked up; 0.0.0.0: nowhere */
	struct masquerade_port ports[NETWORK_CLIENT_PORTS_MAX]; /* of its own, for its clients */
	size_t ports_count;
};

/* In the place of what was. owner: of the table, while it is open. */
void masquerade_apply(
	struct nf_socket *owner, const struct masquerade *masquerade, struct problems *problems);

#endif
