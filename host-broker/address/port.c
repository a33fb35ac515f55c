#include "host-broker/address/port.h"

#include <stdlib.h>
#include <string.h>

#define PORT_DIGITS 5

bool net_port_take(const char **at, uint16_t *ret)
{
	size_t digits = strspn(*at, "0123456789");

	if (digits == 0 || digits > PORT_DIGITS || **at == '0')
		return false;
	unsigned long value = strtoul(*at, NULL, 10);
	if (value > UINT16_MAX)
		return false;
	*ret = (uint16_t)value;
	*at += digits;
	return true;
}

bool net_port_range_parse(const char *text, struct net_port_range *ret)
{
	const char *at = text;

	if (!net_port_take(&at, &ret->first))
		return false;
	ret->last = ret->first;
	if (*at == '-' && (at++, !net_port_take(&at, &ret->last)))
		return false;
	return *at == '\0' && ret->first <= ret->last;
}

static bool flow_protocol(const char *text, size_t length, enum net_protocol *ret)
{
	if (length != 3 || (strncmp(text, "tcp", 3) != 0 && strncmp(text, "udp", 3) != 0))
		return false;
	*ret = text[0] == 't' ? NET_TCP : NET_UDP;
	return true;
}

bool net_host_port_parse(const char *text, struct net_host_port *ret)
{
	const char *at = text + strcspn(text, "/");

	return *at && flow_protocol(text, (size_t)(at - text), &ret->protocol) &&
	       (at++, net_port_take(&at, &ret->port)) && *at == '\0';
}

const char *net_protocol_word(enum net_protocol protocol)
{
	static const char *const words[] = {"any", "tcp", "udp", "icmp"};

	return words[protocol];
}
