#include "host-broker/network/attach.h"

#include <stdio.h>
#include <string.h>

#include "host-broker/network/allot.h"
#include "proto/base/mac.h"

void net_ranges_of(const struct broker_config *broker, struct net_ranges *ret)
{
	net_prefix_parse(broker->netvm_range, &ret->range4);
	net_prefix_parse(broker->netvm_range6, &ret->range6);
}

uint32_t net_ranges_pairs(const struct net_ranges *ranges)
{
	uint32_t pairs4 = net_pairs(&ranges->range4), pairs6 = net_pairs(&ranges->range6);

	return pairs4 < pairs6 ? pairs4 : pairs6;
}

/* pinned: the guest's by the configuration; "": the second of the pair. */
static void pair_get(const struct net_prefix *range, uint32_t pair, const char *pinned,
	struct net_address *ret_guest, struct net_address *ret_gateway)
{
	if (!pinned[0] || !net_address_parse(pinned, ret_guest)) {
		const struct net_address first = net_pair_address(range, pair);
		*ret_guest = net_address_peer(&first);
	}
	*ret_gateway = net_address_peer(ret_guest);
}

static void addresses_get(const struct net_ranges *ranges, uint32_t pair, const char *pinned4,
	const char *pinned6, struct net_interface *ret)
{
	struct net_address guest, gateway;

	pair_get(&ranges->range4, pair, pinned4, &guest, &gateway);
	memcpy(&ret->guest4, guest.bytes, sizeof(ret->guest4));
	memcpy(&ret->gateway4, gateway.bytes, sizeof(ret->gateway4));
	pair_get(&ranges->range6, pair, pinned6, &guest, &gateway);
	memcpy(&ret->guest6, guest.bytes, sizeof(ret->guest6));
	memcpy(&ret->gateway6, gateway.bytes, sizeof(ret->gateway6));
}

static void rule_get(const struct network_rule *rule, struct net_rule *ret)
{
	ret->protocol = (enum net_protocol)rule->protocol;
	if (rule->to[0] && !net_prefix_parse(rule->to, &ret->to))
		net_name_parse(rule->to, ret->name);
	for (size_t i = 0; i < rule->ports.count; i++)
		net_port_range_parse(rule->ports.items[i], &ret->ports[ret->ports_count++]);
}

/* The lists are no longer than what the keys' rows say. */
static void rules_get(const struct network_config *network, struct net_attachment *ret)
{
	ret->deny = network->rest == NETWORK_DENY;
	for (size_t i = 0; i < network->allow.count; i++)
		rule_get(&network->allow.items[i], &ret->rules[ret->rules_count++]);
	for (size_t i = 0; i < network->host_ports.count; i++)
		net_host_port_parse(
			network->host_ports.items[i], &ret->host_ports[ret->host_ports_count++]);
	for (size_t i = 0; i < network->publish.count; i++)
		net_publish_parse(network->publish.items[i], &ret->publish[ret->publish_count++]);
}

static void down_get(const struct vm_config *vm, const struct net_ranges *ranges, uint32_t pair,
	struct net_attachment *ret)
{
	ret->is_netvm = true;
	net_tap_name(vm->name, NET_DOWN, ret->down.tap);
	net_mac(vm->name, NET_DOWN, ret->down.mac);
	addresses_get(ranges, pair, "", "", &ret->down);
	ret->clients4 = ranges->range4;
	ret->clients6 = ranges->range6;
}

void net_attach(const struct vm_config *vm, const struct net_ranges *ranges,
	const struct net_pairs *pairs, struct net_attachment *ret)
{
	const struct network_config *network = &vm->network;
	struct net_interface netvm;

	memset(ret, 0, sizeof(*ret));
	if (!network_config_is_set(network))
		return;
	snprintf(ret->vm, sizeof(ret->vm), "%s", vm->name);
	net_tap_name(vm->name, NET_UP, ret->up.tap);
	if (!network->mac[0] || !mac_parse(network->mac, ret->up.mac))
		net_mac(vm->name, NET_UP, ret->up.mac);
	addresses_get(ranges, pairs->up, network->address, network->address6, &ret->up);
	snprintf(ret->netvm, sizeof(ret->netvm), "%s", network_config_netvm(network));
	ret->dns4 = ret->up.gateway4;
	if (ret->netvm[0]) {
		addresses_get(ranges, pairs->netvm, "", "", &netvm);
		ret->dns4 = netvm.guest4;
	}
	if (vm->is_netvm)
		down_get(vm, ranges, pairs->down, ret);
	rules_get(network, ret);
}
