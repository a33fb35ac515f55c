/*
 * The table "inet vmsilo" of our namespace, as one transaction for nft(8) with that of
 * neighbours.h: what VMs may send and get. Pure. Each time the whole table is replaced, so that
 * what it holds follows from its input alone; only the counters go on from what they were.
 *
 *   prerouting   from-TAP: whose MAC address and source address are not the VM's own is dropped;
 *                what comes from an interface that is none of ours as well, or of a VM that is
 *                offline
 *   input        neighbour discovery and ping at the VM's own gateway, and DNS, for VMs without a
 *                netvm; nothing else
 *   output       answers to those, and what begins at a published port, to the guest's
 *   forward      out-VM, back-VM: only between a VM's TAP and the interface that it goes out by;
 *                flow-VM judges both directions by where the flow goes, so that a changed rule ends
 *                flows, too
 *   destinations the host's ports that a VM may reach
 *   sources      all goes out by one address
 *
 * Flows beyond those that a VM may have at once (bound.h) are refused in input and forward.
 * What is refused is rejected, so that programs in the guest need not wait, and counted.
 */
#ifndef VMSILO_BROKER_NET_RULES_H
#define VMSILO_BROKER_NET_RULES_H

#include <stdint.h>

#include "host-broker/network/attachment.h"

#define NET_OUT "out" /* the interface of the way out, here; no VM's TAP is called so */
/* The other end of it: the host, or what stands for it. */
#define NET_OUT_HOST4 "169.254.77.1"
#define NET_OUT_OWN4 "169.254.77.2"
#define NET_OUT_LENGTH4 30
#define NET_OUT_HOST6 "fd76:6d73:696c::1"
#define NET_OUT_OWN6 "fd76:6d73:696c::2"
#define NET_OUT_LENGTH6 64

enum rules_counter {
	RULES_SENT,     /* by the guest, and forwarded */
	RULES_RECEIVED, /* likewise */
	RULES_REFUSED,  /* by what it may reach */
	RULES_SPOOFED,  /* with another's address */
	RULES_COUNTERS,
};

struct rules_count {
	uint64_t packets, bytes;
};

#define RULES_SEEN_MAX 512 /* of one VM; then who was seen longest ago makes room */

/* That an answer of DNS gave it, for one of its rules. */
struct rules_seen {
	size_t rule;
	struct net_address address;
	uint64_t last_ms;
};

struct rules_vm {
	struct net_attachment attachment;
	struct rules_seen seen[RULES_SEEN_MAX];
	size_t seen_count;
	uint64_t seen_spent_ms; /* SEEN_CHANGE_MS for each change of late, from then on: seen.h */
	struct rules_count counts[RULES_COUNTERS];
};

struct rules_input {
	const struct rules_vm *const *vms;
	size_t vms_count;
	const struct net_address *host; /* the host's own addresses */
	size_t host_count;
	int log_group; /* of what is refused, some; 0: nobody reads it */
};

/* *ret: the caller frees it. 0 or UV_ENOMEM. */
int rules_format(const struct rules_input *input, char **ret);

static inline const char *rules_counter_name(enum rules_counter counter)
{
	static const char *const names[] = {[RULES_SENT] = "sent",
		[RULES_RECEIVED] = "received",
		[RULES_REFUSED] = "refused",
		[RULES_SPOOFED] = "spoofed"};

	return names[counter];
}

#endif
