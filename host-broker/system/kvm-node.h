/* Who may use the host's hardware virtualisation besides root: everybody, or /dev/kvm's group. */
#ifndef VMSILO_BROKER_SYSTEM_KVM_NODE_H
#define VMSILO_BROKER_SYSTEM_KVM_NODE_H

#include <stdbool.h>

#include "host-broker/users/identity.h"

#define KVM_NODE "/dev/kvm"

/* Whether identity may open the node, with its group if need be (*ret_joined: identity with that
 * group, or as it was). */
bool kvm_node_admits(
	const char *node, const struct identity *identity, struct identity *ret_joined);

#endif
