/*
 * What guests may say to find neighbours. The kernel keeps what it hears in tables that are the
 * whole machine's, and have room for a thousand: so it hears of a guest's own address, of nobody
 * else's, and of addresses that a guest makes up for its link by IPv6 only some a second. Pure.
 */
#ifndef VMSILO_BROKER_NET_NEIGHBOURS_H
#define VMSILO_BROKER_NET_NEIGHBOURS_H

#include <stdio.h>

#include "host-broker/net/rules/rules.h"

#define NEIGHBOURS "{ nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit }"

/* Of IPv6, from what is no address of the guest's, before it has one. The kernel forgets such
 * neighbours after 5 s where it must. */
#define NEIGHBOURS_SOME \
	"\t\tip6 saddr { ::, fe80::/10 } icmpv6 type " NEIGHBOURS \
	" limit rate 10/second burst 20 packets accept\n"

/* The table "arp vmsilo". */
void neighbours_arp_write(FILE *out, const struct rules_input *input);

#endif
