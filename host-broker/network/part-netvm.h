/*
 * The netvm that a VM goes through, as a part of its start: it is started, and the VM is not up
 * before that one forwards for it. Both boot at the same time. What holds later: netvms.h.
 *
 *   the monitor is there --> WAITS for it to run --> and for its agent's word that it forwards -->
 * READY
 */
#ifndef VMSILO_BROKER_NETWORK_PART_NETVM_H
#define VMSILO_BROKER_NETWORK_PART_NETVM_H

#include "host-broker/network/network.h"

/* For a VM that has one. */
int netvm_part_add(struct network *network, const struct run_context *context, struct error *error);

#endif
