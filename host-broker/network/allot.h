/*
 * Which pair of addresses of the broker's ranges each VM has, as a number from 0:
 * pair N is addresses 2N and 2N + 1 of either range. It is made from the VM's name, and is the next
 * one that is free where another has it; once given it is kept in a file, so that a VM that comes
 * later moves nobody. A netvm has another for its clients' side, under "NAME.down". Pure.
 */
#ifndef VMSILO_BROKER_NETWORK_ALLOT_H
#define VMSILO_BROKER_NETWORK_ALLOT_H

#include "host-broker/network/attachment.h"
#include "host-broker/users/numbers.h"

#define NET_ALLOTMENTS_MAX 16384

#define NET_ALLOTMENT_DOWN ".down" /* '.' is in no VM's name */

extern const struct number_rules net_allotment_rules;

/* Pairs that the configuration gives to VMs by name, for their own side. */
struct net_pins {
	struct {
		const char *vm;
		uint32_t pair;
	} * items;
	size_t count;
};

/* That of a VM's interface, below pairs; given now if it has none that may stay. Returns 1 when it
 * was given, 0 when it had it; UV_ENOSPC, UV_ENOMEM. */
int net_allot(struct numbers *allotments, const struct net_pins *pins, const char *vm,
	enum net_side side, uint32_t pairs, uint32_t *ret);

/* How many pairs a range has, at most 2^24; its pair N: the address of the namespace's side. */
uint32_t net_pairs(const struct net_prefix *range);
struct net_address net_pair_address(const struct net_prefix *range, uint32_t pair);
/* Which pair of the range an address is of; false: none. */
bool net_pair_of(const struct net_prefix *range, const struct net_address *address, uint32_t *ret);

#endif
