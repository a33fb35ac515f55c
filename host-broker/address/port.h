/* Ports as people write them. Pure. */
#ifndef VMSILO_BROKER_ADDRESS_PORT_H
#define VMSILO_BROKER_ADDRESS_PORT_H

#include "host-broker/address/address.h"

#define NET_RULES_MAX 64      /* of one VM */
#define NET_PORTS_MAX 16      /* ranges of one rule */
#define NET_HOST_PORTS_MAX 32 /* of one VM */

/* NET_ANY: all that rules know, ICMP included. */
enum net_protocol { NET_ANY, NET_TCP, NET_UDP, NET_ICMP };

struct net_port_range {
	uint16_t first, last; /* 1 to 65535 */
};

/* A port of the host's own that the guest may reach. */
struct net_host_port {
	enum net_protocol protocol; /* NET_TCP, NET_UDP */
	uint16_t port;
};

/* Reads a port at *at, and goes behind it. */
bool net_port_take(const char **at, uint16_t *ret);
/* "443", "8000-8100". */
bool net_port_range_parse(const char *text, struct net_port_range *ret);
/* "tcp/8080", "udp/53". */
bool net_host_port_parse(const char *text, struct net_host_port *ret);
/* "any", "tcp", "udp", "icmp". */
const char *net_protocol_word(enum net_protocol protocol);

#endif
