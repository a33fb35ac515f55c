#include "guest-agent/network/network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "guest-agent/network/interface.h"
#include "guest-agent/network/masquerade.h"
#include "guest-agent/network/unmanaged.h"
#include "guest-agent/setup/files.h"
#include "proto/base/cleanup.h"
#include "proto/base/log.h"
#include "proto/limits.h"

#define RESOLV_CONF "etc/resolv.conf"
#define SIZE4 4
#define SIZE6 16

/* ---- what a broker may say ---- */

static bool is_address(const ProtobufCBinaryData *data)
{
	return data->len == SIZE4 || data->len == SIZE6;
}

static bool route_is_right(const Vmsilo__Control__Route *route)
{
	return is_address(&route->to) && route->gateway.len == route->to.len &&
	       route->prefix <= 8 * route->to.len;
}

static bool card_is_right(const Vmsilo__Control__Card *card)
{
	if (card->mac.len != 6 || card->n_addresses > NETWORK_ADDRESSES_MAX ||
		card->n_routes > NETWORK_ROUTES_MAX)
		return false;
	for (size_t i = 0; i < card->n_addresses; i++)
		if (!is_address(&card->addresses[i]->address) ||
			card->addresses[i]->prefix > 8 * card->addresses[i]->address.len)
			return false;
	for (size_t i = 0; i < card->n_routes; i++)
		if (!route_is_right(card->routes[i]))
			return false;
	return true;
}

static bool port_is_right(const Vmsilo__Control__ClientPort *port)
{
	return (port->protocol == IPPROTO_TCP || port->protocol == IPPROTO_UDP) && port->port > 0 &&
	       port->port <= UINT16_MAX;
}

static bool is_right(const Vmsilo__Control__Network *message)
{
	if (message->n_cards > NETWORK_CARDS_MAX || message->n_dns > NETWORK_DNS_MAX ||
		message->n_client_ports > NETWORK_CLIENT_PORTS_MAX ||
		(message->masquerade && message->n_cards != NETWORK_CARDS_MAX))
		return false;
	for (size_t i = 0; i < message->n_cards; i++)
		if (!card_is_right(message->cards[i]))
			return false;
	for (size_t i = 0; i < message->n_dns; i++)
		if (!is_address(&message->dns[i]))
			return false;
	for (size_t i = 0; i < message->n_client_ports; i++)
		if (!port_is_right(message->client_ports[i]))
			return false;
	return true;
}

/* ---- what is done ---- */

static struct interface_address address_of(const ProtobufCBinaryData *data, uint32_t prefix)
{
	struct interface_address address = {
		.family = data->len == SIZE4 ? AF_INET : AF_INET6, .prefix = (uint8_t)prefix};

	memcpy(address.bytes, data->data, data->len);
	return address;
}

static void card_apply(struct netlink *netlink, const Vmsilo__Control__Card *card, bool forwards,
	struct problems *problems, int *ret_index)
{
	struct interface_wanted wanted = {.mtu = card->mtu, .link_local = forwards};

	memcpy(wanted.mac, card->mac.data, 6);
	for (size_t i = 0; i < card->n_addresses; i++)
		wanted.addresses[wanted.addresses_count++] =
			address_of(&card->addresses[i]->address, card->addresses[i]->prefix);
	for (size_t i = 0; i < card->n_routes; i++) {
		const Vmsilo__Control__Route *route = card->routes[i];
		struct interface_route *to = &wanted.routes[wanted.routes_count++];
		to->to = address_of(&route->to, route->prefix);
		memcpy(to->gateway, route->gateway.data, route->gateway.len);
	}
	interface_apply(netlink, &wanted, problems, ret_index);
}

static void dns_apply(
	const char *root, const Vmsilo__Control__Network *message, struct problems *problems)
{
	char text[512] = "# Written by vmsilo-agent.\n", server[INET6_ADDRSTRLEN];
	size_t used = strlen(text);

	for (size_t i = 0; i < message->n_dns; i++) {
		const ProtobufCBinaryData *dns = &message->dns[i];
		if (inet_ntop(dns->len == SIZE4 ? AF_INET : AF_INET6, dns->data, server,
			    sizeof(server)))
			used += (size_t)snprintf(
				text + used, sizeof(text) - used, "nameserver %s\n", server);
	}
	int code = files_write(root, RESOLV_CONF, text, 0644);
	if (code < 0)
		problems_add(
			problems, "network: cannot write /" RESOLV_CONF ": %s", strerror(-code));
}

/* As systemd has it where it runs: ping(8) asks for no rights. Where the kernel's own groups are
 * fewer, it stays as it is. */
static void ping_allow(void)
{
	static const char everybody[] = "0 2147483647";
	_cleanup_close_ int fd = open("/proc/sys/net/ipv4/ping_group_range", O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && write(fd, everybody, strlen(everybody)) < 0 && errno != EINVAL)
		log_warning(NULL, "ping is for root alone: %s", strerror(errno));
}

/* The first of IPv4 counts. */
static void take4(const ProtobufCBinaryData *data, struct in_addr *ret)
{
	if (data->len == SIZE4 && ret->s_addr == 0)
		memcpy(ret, data->data, SIZE4);
}

static void clients_serve(struct network *network, const Vmsilo__Control__Network *message,
	int interface, struct problems *problems)
{
	const Vmsilo__Control__Card *card = message->cards[1];
	struct masquerade masquerade = {.interface = interface};

	for (size_t i = 0; i < card->n_addresses; i++)
		take4(&card->addresses[i]->address, &masquerade.address4);
	for (size_t i = 0; i < message->n_dns; i++)
		take4(&message->dns[i], &masquerade.dns4);
	for (size_t i = 0; i < message->n_client_ports; i++)
		masquerade.ports[masquerade.ports_count++] = (struct masquerade_port){
			.protocol = (uint8_t)message->client_ports[i]->protocol,
			.port = (uint16_t)message->client_ports[i]->port};
	masquerade_apply(&network->rules, &masquerade, problems);
}

void network_init(struct network *network)
{
	nf_socket_init(&network->rules);
}

void network_finish(struct network *network)
{
	nf_socket_close(&network->rules);
}

int network_apply(struct network *network, const char *root,
	const Vmsilo__Control__Network *message, struct problems *problems)
{
	int indexes[NETWORK_CARDS_MAX] = {0};
	struct netlink netlink;

	if (!is_right(message))
		return UV_EPROTO;
	unmanaged_write(root, message, problems);
	ping_allow();
	int code = netlink_open(&netlink);
	if (code == 0)
		code = interface_loopback_up(&netlink);
	if (code < 0)
		problems_add(problems, "network: cannot ask the kernel: %s", strerror(-code));
	for (size_t i = 0; code == 0 && i < message->n_cards; i++)
		card_apply(&netlink, message->cards[i], message->masquerade, problems, &indexes[i]);
	netlink_close(&netlink);
	if (message->masquerade && indexes[1] > 0)
		clients_serve(network, message, indexes[1], problems);
	dns_apply(root, message, problems);
	return 0;
}
