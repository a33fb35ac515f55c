/* Ports as people write them. Pure. */
#ifndef VMSILO_BROKER_ADDRESS_PORT_H
#define VMSILO_BROKER_ADDRESS_PORT_H

#include "host-broker/address/address.h"

#define NET_RULES_MAX 64      /* of one VM */
#define NET_PORTS_MAX 16      /* ranges of one rule */
#define NET_PUBLISH_MAX 32    /* of one VM */
#define NET_HOST_PORTS_MAX 32 /* likewise */
#define NET_DNS_MAX 3         /* servers: MAXNS of resolv.conf(5) */

/* NET_ANY: all that rules know, ICMP included. */
enum net_protocol { NET_ANY, NET_TCP, NET_UDP, NET_ICMP };

struct net_port_range {
	uint16_t first, last; /* 1 to 65535 */
};

/* A port of the host that leads into the guest. */
struct net_publish {
	struct net_address at;      /* of the host; unspecified: all of the family's */
	enum net_protocol protocol; /* NET_TCP, NET_UDP */
	uint16_t host_port, guest_port;
};

/* A port of the host's own that the guest may reach. */
struct net_host_port {
	enum net_protocol protocol; /* NET_TCP, NET_UDP */
	uint16_t port;
};

/* "443", "8000-8100". */
bool net_port_range_parse(const char *text, struct net_port_range *ret);
/* "[ADDRESS:]HOST_PORT:GUEST_PORT[/tcp|/udp]": "8080:80" at 127.0.0.1, "[::1]:8080:80/udp". */
bool net_publish_parse(const char *text, struct net_publish *ret);
/* "tcp/8080", "udp/53". */
bool net_host_port_parse(const char *text, struct net_host_port *ret);
/* "any", "tcp", "udp", "icmp". */
const char *net_protocol_word(enum net_protocol protocol);

#endif
