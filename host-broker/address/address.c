#include "host-broker/address/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned int bits_of(uint8_t family)
{
	return family == AF_INET ? 32 : 128;
}

char net_family_digit(uint8_t family)
{
	return family == AF_INET ? '4' : '6';
}

/* ---- addresses ---- */

bool net_address_parse(const char *text, struct net_address *ret)
{
	*ret = (struct net_address){0};
	for (int i = 0; i < 2; i++) {
		uint8_t family = i == 0 ? AF_INET : AF_INET6;
		if (inet_pton(family, text, ret->bytes) != 1)
			continue;
		ret->family = family;
		return true;
	}
	return false;
}

void net_address_print(const struct net_address *address, char ret[NET_ADDRESS_TEXT_SIZE])
{
	if (!inet_ntop(address->family, address->bytes, ret, NET_ADDRESS_TEXT_SIZE))
		ret[0] = '\0';
}

bool net_address_equal(const struct net_address *one, const struct net_address *other)
{
	return memcmp(one, other, sizeof(*one)) == 0;
}

struct net_address net_address_peer(const struct net_address *address)
{
	struct net_address peer = *address;

	peer.bytes[bits_of(peer.family) / 8 - 1] ^= 1;
	return peer;
}

bool net_address_is_unicast(const struct net_address *address)
{
	static const char *const others[] = {"0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16",
		"224.0.0.0/3", "::/127", "::ffff:0:0/96", "fe80::/10", "ff00::/8"};
	struct net_prefix prefix;

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (net_prefix_parse(others[i], &prefix) && net_prefix_has(&prefix, address))
			return false;
	return address->family != AF_UNSPEC;
}

/* ---- ranges ---- */

static bool bits_equal(const uint8_t *one, const uint8_t *other, unsigned int bits)
{
	unsigned int whole = bits / 8, rest = bits % 8;
	uint8_t mask = (uint8_t)(0xff00u >> rest);

	return memcmp(one, other, whole) == 0 &&
	       (rest == 0 || ((one[whole] ^ other[whole]) & mask) == 0);
}

static bool is_beyond(const struct net_prefix *prefix)
{
	for (unsigned int bit = prefix->length; bit < bits_of(prefix->address.family); bit++)
		if (prefix->address.bytes[bit / 8] & (0x80u >> bit % 8))
			return true;
	return false;
}

bool net_prefix_parse(const char *text, struct net_prefix *ret)
{
	char address[NET_ADDRESS_TEXT_SIZE];
	const char *slash = strchr(text, '/');
	size_t length = slash ? (size_t)(slash - text) : strlen(text);

	*ret = (struct net_prefix){0};
	if (length >= sizeof(address))
		return false;
	memcpy(address, text, length);
	address[length] = '\0';
	if (!net_address_parse(address, &ret->address))
		return false;
	ret->length = (uint8_t)bits_of(ret->address.family);
	if (!slash)
		return true;
	size_t digits = strspn(slash + 1, "0123456789");
	if (digits == 0 || digits > 3 || slash[1 + digits] || (slash[1] == '0' && digits > 1))
		return false;
	unsigned long bits = strtoul(slash + 1, NULL, 10);
	if (bits > ret->length)
		return false;
	ret->length = (uint8_t)bits;
	return !is_beyond(ret);
}

void net_prefix_print(const struct net_prefix *prefix, char ret[NET_PREFIX_TEXT_SIZE])
{
	char address[NET_ADDRESS_TEXT_SIZE];

	net_address_print(&prefix->address, address);
	snprintf(ret, NET_PREFIX_TEXT_SIZE, "%s/%u", address, prefix->length);
}

bool net_prefix_has(const struct net_prefix *prefix, const struct net_address *address)
{
	return prefix->address.family == address->family &&
	       bits_equal(prefix->address.bytes, address->bytes, prefix->length);
}

bool net_prefix_overlaps(const struct net_prefix *one, const struct net_prefix *other)
{
	return one->length < other->length ? net_prefix_has(one, &other->address)
					   : net_prefix_has(other, &one->address);
}
