/* Whether the host has a way out, now. Where it has none by IPv6, a name's addresses of that only
 * make guests wait. */
#ifndef VMSILO_BROKER_NET_DNS_WAY_H
#define VMSILO_BROKER_NET_DNS_WAY_H

#include <stdbool.h>
#include <stdint.h>

#define WAY6_FRESH_MS 500 /* then it is looked for again */

struct way6 {
	bool never; /* it does not lead from VMs */
	bool looked, there;
	uint64_t looked_ms;
};

/* Looks now, by AF_INET or AF_INET6. */
bool way_look(int family);
/* Has looked lately, by AF_INET6. */
bool way6_is_there(struct way6 *way6, uint64_t now_ms);

#endif
