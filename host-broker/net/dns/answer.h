/* What an answer of DNS says of a name's addresses (RFC 1035, 4). Pure. */
#ifndef VMSILO_BROKER_NET_DNS_ANSWER_H
#define VMSILO_BROKER_NET_DNS_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host-broker/address/address.h"
#include "host-broker/address/name.h"

#define DNS_ADDRESSES_MAX 32 /* of one answer; further ones are not looked at, */
#define DNS_RECORDS_MAX 128  /* nor are records behind so many */
#define DNS_ALIASES_MAX 8    /* from the name that was asked for */

struct dns_answer {
	char name[NET_NAME_MAX + 1]; /* that was asked for, in lower case */
	struct net_address addresses[DNS_ADDRESSES_MAX];
	size_t count;
};

/* False: it is none, or says nothing of addresses. */
bool dns_answer_parse(const uint8_t *untrusted, size_t length, struct dns_answer *ret);

/* Whether it says that this resolver failed, does not know such questions, or refuses them. */
bool dns_answer_is_refusal(const uint8_t *untrusted, size_t length);

/* Makes an answer to a question for addresses of IPv6 one that has none, and leaves any other as it
 * is. Returns its length. */
size_t dns_answer_strip6(uint8_t *untrusted, size_t length);

#endif
