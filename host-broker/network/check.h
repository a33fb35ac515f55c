/* What is wrong with the networks of a configuration, though each key is right for itself. Pure. */
#ifndef VMSILO_BROKER_NETWORK_CHECK_H
#define VMSILO_BROKER_NETWORK_CHECK_H

#include "host-broker/config/config.h"
#include "proto/base/error.h"

/* UV_EINVAL, and what the first fault is, with where each of the VMs is defined that it is about:
 * an address that two have or that is not in the broker's range, a range that is vmsilo-net's own,
 * a netvm that is none, or that is reached through itself, a device of the host's that two have, or
 * that is not for VMs of a user's own broker. system: of the machine's. */
int network_check(const struct config *config, bool system, struct error *error);

#endif
