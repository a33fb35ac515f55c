/* Where a packet of a guest's was to go: as much of it as is looked at when it was refused. Pure.
 */
#ifndef VMSILO_BROKER_NET_REFUSED_PACKET_H
#define VMSILO_BROKER_NET_REFUSED_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host-broker/address/address.h"

struct refused_packet {
	uint8_t protocol; /* its number of IANA's */
	struct net_address to;
	uint16_t port; /* 0: it has none */
};

/* From its IP header on. False: it is none. */
bool refused_packet_parse(const uint8_t *untrusted, size_t length, struct refused_packet *ret);

#endif
