/* From a VM's configuration, and the pairs of addresses that it has, to its attachment. Pure. */
#ifndef VMSILO_BROKER_NETWORK_ATTACH_H
#define VMSILO_BROKER_NETWORK_ATTACH_H

#include "host-broker/config/config.h"
#include "host-broker/network/attachment.h"

/* Where VMs' addresses are from. */
struct net_ranges {
	struct net_prefix range4, range6;
};

/* Which pairs of them. */
struct net_pairs {
	uint32_t up;
	uint32_t down;  /* of a netvm: on its clients' side */
	uint32_t netvm; /* of one that has a netvm: that one's `down` */
};

void net_ranges_of(const struct broker_config *broker, struct net_ranges *ret);
/* How many pairs both ranges have. */
uint32_t net_ranges_pairs(const struct net_ranges *ranges);
/* The attachment of a VM whose configuration is right for itself and was checked with the others'
 * (check.h). Zero for one without a network. */
void net_attach(const struct vm_config *vm, const struct net_ranges *ranges,
	const struct net_pairs *pairs, struct net_attachment *ret);

#endif
