#include "host-broker/net/refused/packet.h"

#include <string.h>

#define SIZE4 20
#define SIZE6 40

static void port_take(
	const uint8_t *untrusted, size_t length, size_t at, struct refused_packet *ret)
{
	bool has = ret->protocol == IPPROTO_TCP || ret->protocol == IPPROTO_UDP;

	if (has && at + 4 <= length)
		ret->port = (uint16_t)(untrusted[at + 2] << 8 | untrusted[at + 3]);
}

static bool packet4_parse(const uint8_t *untrusted, size_t length, struct refused_packet *ret)
{
	size_t header = (size_t)(untrusted[0] & 15) * 4;
	/* A later fragment begins with what is no port. */
	bool later = length >= SIZE4 && ((untrusted[6] & 31) != 0 || untrusted[7] != 0);

	if (length < SIZE4 || header < SIZE4)
		return false;
	ret->protocol = untrusted[9];
	ret->to.family = AF_INET;
	memcpy(ret->to.bytes, untrusted + 16, 4);
	if (!later)
		port_take(untrusted, length, header, ret);
	return true;
}

static bool packet6_parse(const uint8_t *untrusted, size_t length, struct refused_packet *ret)
{
	if (length < SIZE6)
		return false;
	ret->protocol = untrusted[6];
	ret->to.family = AF_INET6;
	memcpy(ret->to.bytes, untrusted + 24, 16);
	port_take(untrusted, length, SIZE6, ret);
	return true;
}

bool refused_packet_parse(const uint8_t *untrusted, size_t length, struct refused_packet *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (length == 0)
		return false;
	switch (untrusted[0] >> 4) {
	case 4:
		return packet4_parse(untrusted, length, ret);
	case 6:
		return packet6_parse(untrusted, length, ret);
	default:
		return false;
	}
}
