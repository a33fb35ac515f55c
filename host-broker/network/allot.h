/*
 * Which pair of addresses of the broker's ranges each VM has, as a number from 0:
 * pair N is addresses 2N and 2N + 1 of either range. It is made from the VM's name, and is the next
 * one that is free where another has it; once given it is kept in a file, so that a VM that comes
 * later moves nobody. A netvm has another for its clients' side. Text of one line for each, "NAME
 * NUMBER" or "NAME.down NUMBER". Pure.
 */
#ifndef VMSILO_BROKER_NETWORK_ALLOT_H
#define VMSILO_BROKER_NETWORK_ALLOT_H

#include "host-broker/network/attachment.h"

#define NET_ALLOTMENTS_MAX 16384

#define NET_ALLOTMENT_DOWN ".down" /* '.' is in no VM's name */

struct net_allotment {
	char name[VM_NAME_MAX + sizeof(NET_ALLOTMENT_DOWN)];
	uint32_t pair;
};

struct net_allotments {
	struct net_allotment *items;
	size_t count;
};

/* Pairs that the configuration gives to VMs by name, for their own side. */
struct net_pins {
	struct {
		const char *vm;
		uint32_t pair;
	} * items;
	size_t count;
};

/* Into an empty one. UV_EINVAL, with the number of the line (from 1), for anything else, and for
 * what is there twice; UV_ENOMEM. */
int net_allotments_parse(
	struct net_allotments *allotments, const char *text, unsigned int *ret_line);
/* The caller's to free; NULL: out of memory. */
char *net_allotments_print(const struct net_allotments *allotments);
void net_allotments_finish(struct net_allotments *allotments);

/* That of a VM's interface, below pairs; given now if it has none that may stay. Returns 1 when it
 * was given, 0 when it had it; UV_ENOSPC, UV_ENOMEM. */
int net_allot(struct net_allotments *allotments, const struct net_pins *pins, const char *vm,
	enum net_side side, uint32_t pairs, uint32_t *ret);

/* How many pairs a range has, at most 2^24; its pair N: the address of the namespace's side. */
uint32_t net_pairs(const struct net_prefix *range);
struct net_address net_pair_address(const struct net_prefix *range, uint32_t pair);
/* Which pair of the range an address is of; false: none. */
bool net_pair_of(const struct net_prefix *range, const struct net_address *address, uint32_t *ret);

#endif
