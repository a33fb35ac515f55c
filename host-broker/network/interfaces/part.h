/* The part of a VM's start that opens its devices of the host's: the key `interfaces`. Nothing of
 * it has to be released: a TAP of ours goes with the monitor, one that was there stays. */
#ifndef VMSILO_BROKER_NETWORK_INTERFACES_PART_H
#define VMSILO_BROKER_NETWORK_INTERFACES_PART_H

#include "host-broker/vm/launch.h"

/* As part_source.add; data: nothing. */
int interfaces_add(void *data, const struct run_context *context, struct error *error);

/* The guest's MAC address at the index-th of a VM's interfaces. */
void interface_mac(const struct vm_config *vm, size_t index, uint8_t ret[6]);

#endif
