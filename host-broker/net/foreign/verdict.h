/*
 * What rules of nftables, as libnftables prints them in JSON (libnftables-json(5)), make of a new
 * flow that comes from one interface and is forwarded. Pure.
 *
 * Of a rule's conditions only interface and state of the flow are known. A rule that has others is
 * passed over, but one that names the interface and accepts was made for it. So a chain that is
 * found drops what it does not know; one may drop by rules that are not understood, and not be
 * found.
 */
#ifndef VMSILO_BROKER_NET_VERDICT_H
#define VMSILO_BROKER_NET_VERDICT_H

#include <jansson.h>
#include <stdbool.h>

#define VERDICT_DEPTH_MAX 16 /* NFT_JUMP_STACK_SIZE: the kernel follows no more chains */

struct verdict_chain {
	const char *family, *table, *name;
};

/* The first chain of the hook forward that drops it, in ret, borrowed from ruleset. Our own table
 * is passed over. */
bool verdict_drops(const json_t *ruleset, const char *interface, struct verdict_chain *ret);

#endif
