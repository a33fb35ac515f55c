#include "host-broker/network/message.h"

static const uint8_t all[16]; /* 0.0.0.0 and ::, of which no bit counts */

static ProtobufCBinaryData bytes(const void *data, size_t size)
{
	return (ProtobufCBinaryData){.len = size, .data = (uint8_t *)data};
}

static void add_family(struct network_message *message, const void *guest, uint32_t prefix,
	const void *gateway, size_t size)
{
	Vmsilo__Control__Address *address = &message->addresses[message->card.n_addresses];
	Vmsilo__Control__Route *route = &message->routes[message->card.n_routes];

	vmsilo__control__address__init(address);
	address->address = bytes(guest, size);
	address->prefix = prefix;
	message->address_list[message->card.n_addresses++] = address;
	vmsilo__control__route__init(route);
	route->to = bytes(all, size);
	route->gateway = bytes(gateway, size);
	message->route_list[message->card.n_routes++] = route;
}

static void dns_fill(struct network_message *message, const struct net_interface *up,
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
	message->dns[0] = bytes(&up->gateway4, sizeof(up->gateway4));
}

void network_message_make(const struct net_attachment *attachment, const struct text_list *dns,
	struct network_message *ret)
{
	const struct net_interface *up = &attachment->up;

	vmsilo__control__network__init(&ret->network);
	vmsilo__control__card__init(&ret->card);
	ret->card.mac = bytes(up->mac, sizeof(up->mac));
	ret->card.addresses = ret->address_list;
	ret->card.routes = ret->route_list;
	ret->cards[0] = &ret->card;
	ret->network.cards = ret->cards;
	ret->network.n_cards = 1;
	ret->network.dns = ret->dns;
	if (attachment->offline)
		return;
	add_family(ret, &up->guest4, NET_PREFIX4, &up->gateway4, sizeof(up->guest4));
	add_family(ret, &up->guest6, NET_PREFIX6, &up->gateway6, sizeof(up->guest6));
	dns_fill(ret, up, dns);
}
