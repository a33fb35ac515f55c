#include "host-broker/network/message.h"

#include <string.h>

static ProtobufCBinaryData bytes(const void *data, size_t size)
{
	return (ProtobufCBinaryData){.len = size, .data = (uint8_t *)data};
}

static void route_add(
	struct network_message_card *card, const struct net_prefix *to, const void *gateway)
{
	size_t size = to->address.family == AF_INET ? 4 : 16;
	Vmsilo__Control__Route *route = &card->routes[card->card.n_routes];

	vmsilo__control__route__init(route);
	route->to = bytes(to->address.bytes, size);
	route->prefix = to->length;
	route->gateway = bytes(gateway, size);
	card->route_list[card->card.n_routes++] = route;
}

static void address_add(
	struct network_message_card *card, const void *guest, size_t size, uint32_t prefix)
{
	Vmsilo__Control__Address *address = &card->addresses[card->card.n_addresses];

	vmsilo__control__address__init(address);
	address->address = bytes(guest, size);
	address->prefix = prefix;
	card->address_list[card->card.n_addresses++] = address;
}

static struct network_message_card *card_add(
	struct network_message *message, const struct net_interface *interface, uint16_t mtu)
{
	struct network_message_card *item = &message->items[message->network.n_cards];

	vmsilo__control__card__init(&item->card);
	item->card.mtu = mtu;
	item->card.mac = bytes(interface->mac, sizeof(interface->mac));
	item->card.addresses = item->address_list;
	item->card.routes = item->route_list;
	message->cards[message->network.n_cards++] = &item->card;
	return item;
}

static void card_fill(struct network_message_card *card, const struct net_interface *interface,
	const struct net_prefix *to4, const struct net_prefix *to6)
{
	address_add(card, &interface->guest4, sizeof(interface->guest4), NET_PREFIX4);
	address_add(card, &interface->guest6, sizeof(interface->guest6), NET_PREFIX6);
	route_add(card, to4, &interface->gateway4);
	route_add(card, to6, &interface->gateway6);
}

static void dns_fill(struct network_message *message, const struct net_attachment *attachment,
	const struct text_list *dns)
{
	for (size_t i = 0; i < dns->count; i++) {
		struct net_address *server = &message->servers[i];
		net_address_parse(dns->items[i], server);
		message->dns[i] = bytes(server->bytes, server->family == AF_INET ? 4 : 16);
	}
	message->network.n_dns = dns->count;
	if (dns->count > 0)
		return;
	message->network.n_dns = 1;
	message->dns[0] = bytes(&attachment->dns4, sizeof(attachment->dns4));
}

static void ports_fill(struct network_message *message, const struct text_list *ports)
{
	struct net_host_port port;

	message->network.client_ports = message->port_list;
	for (size_t i = 0; i < ports->count; i++) {
		Vmsilo__Control__ClientPort *item = &message->ports[i];
		vmsilo__control__client_port__init(item);
		if (!net_host_port_parse(ports->items[i], &port))
			continue;
		item->protocol = port.protocol == NET_TCP ? IPPROTO_TCP : IPPROTO_UDP;
		item->port = port.port;
		message->port_list[message->network.n_client_ports++] = item;
	}
}

/* The netvm of a netvm looks names up for it at an address of those that lie on its clients' side.
 */
static void down_fill(struct network_message *message, struct network_message_card *up,
	struct network_message_card *down, const struct net_attachment *attachment)
{
	struct net_prefix *names = &message->names;

	card_fill(down, &attachment->down, &attachment->clients4, &attachment->clients6);
	message->network.masquerade = true;
	if (!attachment->netvm[0])
		return;
	*names = (struct net_prefix){.address.family = AF_INET, .length = 32};
	memcpy(names->address.bytes, &attachment->dns4, sizeof(attachment->dns4));
	route_add(up, names, &attachment->up.gateway4);
}

void network_message_make(const struct net_attachment *attachment,
	const struct network_config *config, struct network_message *ret)
{
	static const struct net_prefix all4 = {.address.family = AF_INET};
	static const struct net_prefix all6 = {.address.family = AF_INET6};
	struct network_message_card *down = NULL;

	vmsilo__control__network__init(&ret->network);
	ret->network.cards = ret->cards;
	ret->network.dns = ret->dns;
	struct network_message_card *up = card_add(ret, &attachment->up, attachment->mtu);
	if (attachment->is_netvm)
		down = card_add(ret, &attachment->down, attachment->mtu);
	if (attachment->offline)
		return;
	card_fill(up, &attachment->up, &all4, &all6);
	if (down) {
		down_fill(ret, up, down, attachment);
		ports_fill(ret, &config->client_ports);
	}
	dns_fill(ret, attachment, &config->dns);
}
