/* A port of the host that leads to one of a guest, as people write it. Pure. */
#ifndef VMSILO_BROKER_ADDRESS_PUBLISH_H
#define VMSILO_BROKER_ADDRESS_PUBLISH_H

#include "host-broker/address/port.h"

#define NET_PUBLISH_MAX 32       /* of one VM */
#define NET_PUBLISH_TEXT_SIZE 64 /* with the longest address */

struct net_publish {
	enum net_protocol protocol; /* NET_TCP, NET_UDP */
	struct net_address address; /* of the host; 0.0.0.0 and ::, all of the family's */
	uint16_t port, target;      /* the host's, the guest's */
};

/* "8080:80", at 127.0.0.1; "0.0.0.0:8080:80", "[::1]:8080:80"; "8053:53/udp". */
bool net_publish_parse(const char *text, struct net_publish *ret);
/* The host's side alone: "127.0.0.1:8080/tcp". */
void net_publish_print(const struct net_publish *publish, char ret[NET_PUBLISH_TEXT_SIZE]);
/* Whether both want one port of one address. */
bool net_publish_meets(const struct net_publish *one, const struct net_publish *other);

#endif
