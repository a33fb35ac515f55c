/*
 * A VM's network as a part of its start: its rules first, then its TAPs, which the monitor gets.
 * Its end removes them in the reverse order. When vmsilo-net ends, the VM goes on without.
 */
#ifndef VMSILO_BROKER_NETWORK_PART_H
#define VMSILO_BROKER_NETWORK_PART_H

#include "host-broker/network/network.h"

struct part_source network_source(struct network *network);

#endif
