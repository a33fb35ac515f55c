/* Where a VM's flows may go: its chain flow-VM. Pure. */
#ifndef VMSILO_BROKER_NET_FLOW_H
#define VMSILO_BROKER_NET_FLOW_H

#include <stdio.h>

#include "host-broker/net/rules/rules.h"

/* By number: names are looked up in /etc/protocols, which we have not. */
#define FLOW_TCP "6"
#define FLOW_UDP "17"
#define FLOW_ICMP "{ 1, 58 }"
/* Of NET_TCP, NET_UDP. */
const char *flow_protocol(enum net_protocol protocol);

/* Before the chain: the addresses of its rules that have a name, a set for each and each family. A
 * rule for each address would be some 500 bytes for the kernel, and what an ordinary user may send
 * it at once, of all VMs together, is bounded (net.core.wmem_max). */
void flow_sets_write(FILE *out, const struct rules_vm *vm);
/* It returns for what is allowed; else it goes to refused-VM. netvm: that it goes through, which
 * looks names up for it, and is there; NULL: none. */
void flow_chain_write(
	FILE *out, const struct rules_vm *rules_vm, const struct net_attachment *netvm);

#endif
