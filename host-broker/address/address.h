/* Addresses of IPv4 and IPv6, and ranges of them, as text and as bytes. Pure. */
#ifndef VMSILO_BROKER_ADDRESS_ADDRESS_H
#define VMSILO_BROKER_ADDRESS_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NET_ADDRESS_TEXT_SIZE INET6_ADDRSTRLEN
#define NET_PREFIX_TEXT_SIZE (INET6_ADDRSTRLEN + 4) /* with "/128" */

/* Either family. Zero: none. */
struct net_address {
	uint8_t family;    /* AF_INET, AF_INET6; AF_UNSPEC: none */
	uint8_t bytes[16]; /* network order; of AF_INET the first 4, and the others are zero */
};

/* A range: bits beyond its length are zero. */
struct net_prefix {
	struct net_address address;
	uint8_t length;
};

/* "10.0.0.1", "fd00::1". */
bool net_address_parse(const char *text, struct net_address *ret);
void net_address_print(const struct net_address *address, char ret[NET_ADDRESS_TEXT_SIZE]);
bool net_address_equal(const struct net_address *one, const struct net_address *other);
/* The other one of a pair (RFC 3021, RFC 6164): its last bit is another. */
struct net_address net_address_peer(const struct net_address *address);
/* Of any machine: not unspecified, loopback, multicast, link-local, or IPv4's reserved rest. */
bool net_address_is_unicast(const struct net_address *address);
/* '4' or '6'. */
char net_family_digit(uint8_t family);

/* "10.0.0.0/8", or an address, which is a range of its own. False also for one with bits beyond
 * its length, as 10.0.0.1/8, which would not be what it seems. */
bool net_prefix_parse(const char *text, struct net_prefix *ret);
void net_prefix_print(const struct net_prefix *prefix, char ret[NET_PREFIX_TEXT_SIZE]);
bool net_prefix_has(const struct net_prefix *prefix, const struct net_address *address);
bool net_prefix_overlaps(const struct net_prefix *one, const struct net_prefix *other);

#endif
