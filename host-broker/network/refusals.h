/* What a VM was refused: who reads its journal wants to know of each once in a while, and not of
 * each packet. Pure. */
#ifndef VMSILO_BROKER_NETWORK_REFUSALS_H
#define VMSILO_BROKER_NETWORK_REFUSALS_H

#include "host-broker/address/address.h"

#define REFUSALS_KEPT 16        /* of one VM; the oldest makes room */
#define REFUSALS_AGAIN_MS 60000 /* the same is told again after */
#define REFUSAL_TEXT_SIZE 128

struct refusal {
	uint8_t protocol; /* its number of IANA's */
	struct net_address to;
	uint16_t port; /* 0: none */
};

struct refusals {
	struct {
		struct refusal refusal;
		uint64_t told_ms; /* 0: free */
	} kept[REFUSALS_KEPT];
};

/* Whether it is to be told, which is then kept. now_ms: not 0. */
bool refusals_are_told(struct refusals *refusals, const struct refusal *refusal, uint64_t now_ms);
/* "its network refused tcp to 192.0.2.1, port 443". */
void refusal_print(const struct refusal *refusal, char ret[REFUSAL_TEXT_SIZE]);

#endif
