/* Whom the host's hardware virtualisation is for, beside root: /dev/kvm is all's or a group's. */
#ifndef VMSILO_BROKER_KVM_NODE_H
#define VMSILO_BROKER_KVM_NODE_H

#include <stdbool.h>

#include "host-broker/identity.h"

/* Whether identity may open it, with the node's group if need be (*ret_joined: identity with that
 * group, or without one). */
bool kvm_node_admits(const struct identity *identity, struct identity *ret_joined);

#endif
