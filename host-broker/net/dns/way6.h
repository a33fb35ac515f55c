/* Whether the host has a way out by IPv6, now: where it has none, a name's addresses of IPv6 only
 * make guests wait. */
#ifndef VMSILO_BROKER_NET_DNS_WAY6_H
#define VMSILO_BROKER_NET_DNS_WAY6_H

#include <stdbool.h>
#include <stdint.h>

#define WAY6_FRESH_MS 500 /* then it is looked for again */

struct way6 {
	bool never; /* it does not lead from VMs */
	bool looked, there;
	uint64_t looked_ms;
};

/* Looks now. */
bool way6_look(void);
/* Has looked lately. */
bool way6_is_there(struct way6 *way6, uint64_t now_ms);

#endif
