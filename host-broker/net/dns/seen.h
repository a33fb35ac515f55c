/* What the DNS relay has seen, told to who makes the rules before the guest hears of it; and that
 * the rules are in place. Plain data, one packet each. */
#ifndef VMSILO_BROKER_NET_DNS_SEEN_H
#define VMSILO_BROKER_NET_DNS_SEEN_H

#include "host-broker/net/dns/answer.h"

struct dns_seen {
	uint64_t number; /* comes back */
	struct net_address client;
	struct dns_answer answer;
};
struct dns_taken {
	uint64_t number;
};

#endif
