/* Who has which pair of addresses, kept in a file: allot.h, and the VMs that say theirs. */
#ifndef VMSILO_BROKER_NETWORK_ADDRESSES_H
#define VMSILO_BROKER_NETWORK_ADDRESSES_H

#include "host-broker/network/attach.h"
#include "host-broker/vm/table.h"

/* Those of a VM, given now where it has none; path: the file. A sentence when that cannot be. */
int net_addresses_get(const char *path, const struct vm_table *vms, const struct vm_config *vm,
	const struct net_ranges *ranges, struct net_pairs *ret, struct error *error);

#endif
