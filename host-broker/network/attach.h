/* From a VM's configuration, and the pair of addresses that it has, to its attachment. Pure. */
#ifndef VMSILO_BROKER_NETWORK_ATTACH_H
#define VMSILO_BROKER_NETWORK_ATTACH_H

#include "host-broker/config/config.h"
#include "host-broker/network/attachment.h"

/* Where VMs' addresses are from. */
struct net_ranges {
	struct net_prefix range4, range6;
};

void net_ranges_of(const struct broker_config *broker, struct net_ranges *ret);
/* How many pairs both ranges have. */
uint32_t net_ranges_pairs(const struct net_ranges *ranges);
/* The attachment of a VM whose configuration is right for itself and was checked with the others'
 * (check.h). Zero for one without a network. */
void net_attach(const struct vm_config *vm, const struct net_ranges *ranges, uint32_t pair,
	struct net_attachment *ret);

#endif
