#include "host-broker/address/port.h"

#include <stdlib.h>
#include <string.h>

#define PORT_DIGITS 5
#define PUBLISH_TEXT_SIZE (NET_ADDRESS_TEXT_SIZE + 24)

/* Reads a port at *at, and goes behind it. */
static bool port_take(const char **at, uint16_t *ret)
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

	if (!port_take(&at, &ret->first))
		return false;
	ret->last = ret->first;
	if (*at == '-' && (at++, !port_take(&at, &ret->last)))
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
	       (at++, port_take(&at, &ret->port)) && *at == '\0';
}

/* Without brackets if it has them. They stand around an address of IPv6, and around no other. */
static bool publish_address(char *text, struct net_address *ret)
{
	size_t length = strlen(text);
	bool brackets = length > 2 && text[0] == '[' && text[length - 1] == ']';

	if (brackets)
		text[length - 1] = '\0';
	return net_address_parse(text + brackets, ret) && (ret->family == AF_INET6) == brackets;
}

/* "HOST_PORT:GUEST_PORT[/PROTOCOL]" */
static bool publish_ports(const char *at, struct net_publish *ret)
{
	if (!port_take(&at, &ret->host_port) || *at++ != ':' || !port_take(&at, &ret->guest_port))
		return false;
	return *at == '\0' || (*at == '/' && flow_protocol(at + 1, strlen(at + 1), &ret->protocol));
}

bool net_publish_parse(const char *text, struct net_publish *ret)
{
	char copy[PUBLISH_TEXT_SIZE];
	size_t length = strlen(text);

	*ret = (struct net_publish){.protocol = NET_TCP};
	if (length >= sizeof(copy))
		return false;
	memcpy(copy, text, length + 1);
	char *guest = strrchr(copy, ':');
	if (!guest || guest == copy)
		return false;
	char *host = guest;
	while (host > copy && host[-1] != ':')
		host--;
	if (!publish_ports(host, ret))
		return false;
	if (host == copy)
		return net_address_parse("127.0.0.1", &ret->at);
	host[-1] = '\0';
	return publish_address(copy, &ret->at);
}

const char *net_protocol_word(enum net_protocol protocol)
{
	static const char *const words[] = {"any", "tcp", "udp", "icmp"};

	return words[protocol];
}
