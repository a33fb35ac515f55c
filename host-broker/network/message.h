/* What a guest's agent is told of its network: the message NETWORK. Pure. */
#ifndef VMSILO_BROKER_NETWORK_MESSAGE_H
#define VMSILO_BROKER_NETWORK_MESSAGE_H

#include "host-broker/config/config.h"
#include "host-broker/network/attachment.h"
#include "proto/control.pb-c.h"
#include "proto/limits.h"

/* A message with its parts. */
struct network_message {
	Vmsilo__Control__Network network;
	struct network_message_card {
		Vmsilo__Control__Card card;
		Vmsilo__Control__Address addresses[2], *address_list[2]; /* one of either family */
		Vmsilo__Control__Route routes[3], *route_list[3]; /* likewise, and to names */
	} items[NETWORK_CARDS_MAX];
	Vmsilo__Control__Card *cards[NETWORK_CARDS_MAX];
	struct net_prefix names; /* of a netvm behind another: where it looks them up */
	struct net_address servers[NETWORK_DNS_MAX];
	ProtobufCBinaryData dns[NETWORK_DNS_MAX];
	Vmsilo__Control__ClientPort ports[NETWORK_CLIENT_PORTS_MAX];
	Vmsilo__Control__ClientPort *port_list[NETWORK_CLIENT_PORTS_MAX];
};

/* Borrows from attachment. Of the configuration are servers of DNS (none: that of the attachment)
 * and a netvm's ports for its clients. ret must not be moved. */
void network_message_make(const struct net_attachment *attachment,
	const struct network_config *config, struct network_message *ret);

#endif
