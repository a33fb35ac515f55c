#include "host-broker/network/message.h"

static ProtobufCBinaryData bytes(const void *data, size_t size)
{
	return (ProtobufCBinaryData){.len = size, .data = (uint8_t *)data};
}

/* to: what goes by the gateway. */
static void family_add(struct network_message_card *card, const void *guest, uint32_t prefix,
	const void *gateway, const struct net_prefix *to)
{
	size_t size = to->address.family == AF_INET ? 4 : 16;
	Vmsilo__Control__Address *address = &card->addresses[card->card.n_addresses];
	Vmsilo__Control__Route *route = &card->routes[card->card.n_routes];

	vmsilo__control__address__init(address);
	address->address = bytes(guest, size);
	address->prefix = prefix;
	card->address_list[card->card.n_addresses++] = address;
	vmsilo__control__route__init(route);
	route->to = bytes(to->address.bytes, size);
	route->prefix = to->length;
	route->gateway = bytes(gateway, size);
	card->route_list[card->card.n_routes++] = route;
}

static struct network_message_card *card_add(
	struct network_message *message, const struct net_interface *interface)
{
	struct network_message_card *item = &message->items[message->network.n_cards];

	vmsilo__control__card__init(&item->card);
	item->card.mac = bytes(interface->mac, sizeof(interface->mac));
	item->card.addresses = item->address_list;
	item->card.routes = item->route_list;
	message->cards[message->network.n_cards++] = &item->card;
	return item;
}

static void card_fill(struct network_message_card *card, const struct net_interface *interface,
	const struct net_prefix *to4, const struct net_prefix *to6)
{
	family_add(card, &interface->guest4, NET_PREFIX4, &interface->gateway4, to4);
	family_add(card, &interface->guest6, NET_PREFIX6, &interface->gateway6, to6);
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

void network_message_make(const struct net_attachment *attachment, const struct text_list *dns,
	struct network_message *ret)
{
	static const struct net_prefix all4 = {.address.family = AF_INET};
	static const struct net_prefix all6 = {.address.family = AF_INET6};
	struct network_message_card *down = NULL;

	vmsilo__control__network__init(&ret->network);
	ret->network.cards = ret->cards;
	ret->network.dns = ret->dns;
	struct network_message_card *up = card_add(ret, &attachment->up);
	if (attachment->is_netvm)
		down = card_add(ret, &attachment->down);
	if (attachment->offline)
		return;
	card_fill(up, &attachment->up, &all4, &all6);
	if (down)
		card_fill(down, &attachment->down, &attachment->clients4, &attachment->clients6);
	ret->network.masquerade = down != NULL;
	dns_fill(ret, attachment, dns);
}
