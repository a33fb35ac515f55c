#include "host-broker/network/refusals.h"

#include <inttypes.h>
#include <stdio.h>

static bool is_same(const struct refusal *one, const struct refusal *other)
{
	return one->protocol == other->protocol && one->port == other->port &&
	       net_address_equal(&one->to, &other->to);
}

bool refusals_are_told(struct refusals *refusals, const struct refusal *refusal, uint64_t now_ms)
{
	size_t place = 0;

	for (size_t i = 0; i < REFUSALS_KEPT; i++) {
		uint64_t told_ms = refusals->kept[i].told_ms;
		if (told_ms && is_same(&refusals->kept[i].refusal, refusal)) {
			if (now_ms - told_ms < REFUSALS_AGAIN_MS)
				return false;
			place = i;
			break;
		}
		if (told_ms < refusals->kept[place].told_ms)
			place = i;
	}
	refusals->kept[place].refusal = *refusal;
	refusals->kept[place].told_ms = now_ms;
	return true;
}

void refusal_print(const struct refusal *refusal, char ret[REFUSAL_TEXT_SIZE])
{
	static const char *const names[256] = {[IPPROTO_ICMP] = "icmp",
		[IPPROTO_TCP] = "tcp",
		[IPPROTO_UDP] = "udp",
		[IPPROTO_ICMPV6] = "icmp",
		[IPPROTO_SCTP] = "sctp"};
	const char *name = names[refusal->protocol];
	char to[NET_ADDRESS_TEXT_SIZE], number[32], port[16] = "";

	net_address_print(&refusal->to, to);
	snprintf(number, sizeof(number), "protocol %u", refusal->protocol);
	if (refusal->port)
		snprintf(port, sizeof(port), ", port %" PRIu16, refusal->port);
	snprintf(ret, REFUSAL_TEXT_SIZE, "its network refused %s to %s%s", name ? name : number, to,
		port);
}
