#include "host-broker/address/publish.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define ADDRESS_STANDARD "127.0.0.1"

static bool address_get(const char *text, size_t length, struct net_address *ret)
{
	char copy[NET_ADDRESS_TEXT_SIZE];

	if (length >= sizeof(copy))
		return false;
	memcpy(copy, text, length);
	copy[length] = '\0';
	return net_address_parse(copy, ret);
}

/* What stands before the ports, and goes behind its colon. */
static bool address_take(const char **at, struct net_address *ret)
{
	const char *text = *at, *last;

	if (*text == '[') {
		const char *end = strchr(text, ']');
		*at = end ? end + 2 : text;
		return end && end[1] == ':' &&
		       address_get(text + 1, (size_t)(end - text - 1), ret) &&
		       ret->family == AF_INET6;
	}
	last = strrchr(text, ':');
	const char *first = strchr(text, ':');
	if (first == last)
		return net_address_parse(ADDRESS_STANDARD, ret);
	*at = first + 1;
	return address_get(text, (size_t)(first - text), ret) && ret->family == AF_INET;
}

static bool protocol_get(const char *text, enum net_protocol *ret)
{
	*ret = strcmp(text, "/udp") == 0 ? NET_UDP : NET_TCP;
	return *text == '\0' || *ret == NET_UDP || strcmp(text, "/tcp") == 0;
}

bool net_publish_parse(const char *text, struct net_publish *ret)
{
	const char *at = text;

	memset(ret, 0, sizeof(*ret));
	return address_take(&at, &ret->address) && net_port_take(&at, &ret->port) && *at++ == ':' &&
	       net_port_take(&at, &ret->target) && protocol_get(at, &ret->protocol);
}

void net_publish_print(const struct net_publish *publish, char ret[NET_PUBLISH_TEXT_SIZE])
{
	char address[NET_ADDRESS_TEXT_SIZE];
	bool long_one = publish->address.family == AF_INET6;

	net_address_print(&publish->address, address);
	snprintf(ret, NET_PUBLISH_TEXT_SIZE, "%s%s%s:%" PRIu16 "/%s", long_one ? "[" : "", address,
		long_one ? "]" : "", publish->port, net_protocol_word(publish->protocol));
}

static bool is_any(const struct net_address *address)
{
	static const uint8_t zero[16];

	return memcmp(address->bytes, zero, sizeof(zero)) == 0;
}

bool net_publish_meets(const struct net_publish *one, const struct net_publish *other)
{
	return one->protocol == other->protocol && one->port == other->port &&
	       one->address.family == other->address.family &&
	       (is_any(&one->address) || is_any(&other->address) ||
		       net_address_equal(&one->address, &other->address));
}
