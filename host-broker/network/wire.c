#include "host-broker/network/wire.h"

#include <stdlib.h>
#include <string.h>

#include "proto/base/cleanup.h"
#include "proto/base/text.h"

/* ---- out ---- */

static ProtobufCBinaryData bytes_of(const void *bytes, size_t length)
{
	return (ProtobufCBinaryData){.data = (uint8_t *)bytes, .len = length};
}

static void interface_pack(const struct net_interface *interface, Vmsilo__Net__Interface *ret)
{
	vmsilo__net__interface__init(ret);
	ret->mac = bytes_of(interface->mac, sizeof(interface->mac));
	ret->guest4 = bytes_of(&interface->guest4, sizeof(interface->guest4));
	ret->gateway4 = bytes_of(&interface->gateway4, sizeof(interface->gateway4));
	ret->guest6 = bytes_of(&interface->guest6, sizeof(interface->guest6));
	ret->gateway6 = bytes_of(&interface->gateway6, sizeof(interface->gateway6));
}

static size_t address_size(uint8_t family)
{
	return family == AF_INET ? 4 : family == AF_INET6 ? 16 : 0;
}

static void rule_pack(const struct net_rule *rule, struct net_wire *wire, size_t at)
{
	Vmsilo__Net__Rule *ret = &wire->rules[at];

	vmsilo__net__rule__init(ret);
	ret->address = bytes_of(rule->to.address.bytes, address_size(rule->to.address.family));
	ret->length = rule->to.length;
	ret->name = (char *)rule->name;
	ret->protocol = (Vmsilo__Net__Protocol)rule->protocol;
	for (size_t i = 0; i < rule->ports_count; i++) {
		vmsilo__net__ports__init(&wire->ports[at][i]);
		wire->ports[at][i].first = rule->ports[i].first;
		wire->ports[at][i].last = rule->ports[i].last;
		wire->port_lists[at][i] = &wire->ports[at][i];
	}
	ret->n_ports = rule->ports_count;
	ret->ports = wire->port_lists[at];
	wire->rule_list[at] = ret;
}

static void host_ports_pack(
	const struct net_attachment *attachment, struct net_wire *wire, Vmsilo__Net__Set *ret)
{
	for (size_t i = 0; i < attachment->host_ports_count; i++) {
		vmsilo__net__host_port__init(&wire->host_ports[i]);
		wire->host_ports[i].protocol =
			(Vmsilo__Net__Protocol)attachment->host_ports[i].protocol;
		wire->host_ports[i].port = attachment->host_ports[i].port;
		wire->host_port_list[i] = &wire->host_ports[i];
	}
	ret->n_host_ports = attachment->host_ports_count;
	ret->host_ports = wire->host_port_list;
}

static void publish_pack(
	const struct net_attachment *attachment, struct net_wire *wire, Vmsilo__Net__Set *ret)
{
	for (size_t i = 0; i < attachment->publish_count; i++) {
		const struct net_publish *publish = &attachment->publish[i];
		Vmsilo__Net__Publish *told = wire->publish_list[i] = &wire->publish[i];
		vmsilo__net__publish__init(told);
		told->protocol = (Vmsilo__Net__Protocol)publish->protocol;
		told->address =
			bytes_of(publish->address.bytes, address_size(publish->address.family));
		told->port = publish->port;
		told->target = publish->target;
	}
	ret->n_publish = attachment->publish_count;
	ret->publish = wire->publish_list;
}

void net_wire_pack(
	const struct net_attachment *attachment, struct net_wire *wire, Vmsilo__Net__Set *ret)
{
	vmsilo__net__set__init(ret);
	ret->vm = (char *)attachment->vm;
	ret->netvm = (char *)attachment->netvm;
	ret->deny = attachment->deny;
	ret->offline = attachment->offline;
	ret->mtu = attachment->mtu;
	interface_pack(&attachment->up, &wire->up);
	ret->up = &wire->up;
	if (attachment->is_netvm) {
		interface_pack(&attachment->down, &wire->down);
		ret->down = &wire->down;
	}
	for (size_t i = 0; i < attachment->rules_count; i++)
		rule_pack(&attachment->rules[i], wire, ret->n_rules++);
	ret->rules = wire->rule_list;
	host_ports_pack(attachment, wire, ret);
	publish_pack(attachment, wire, ret);
}

/* NULL: memory is short. */
static uint8_t *bytes_make(const struct net_attachment *attachment, size_t *ret_length)
{
	_cleanup_free_ struct net_wire *wire = malloc(sizeof(*wire));
	Vmsilo__Net__Set set;

	if (!wire)
		return NULL;
	net_wire_pack(attachment, wire, &set);
	*ret_length = vmsilo__net__set__get_packed_size(&set);
	uint8_t *bytes = malloc(*ret_length + 1);
	if (bytes)
		vmsilo__net__set__pack(&set, bytes);
	return bytes;
}

bool net_wire_equal(const struct net_attachment *one, const struct net_attachment *other)
{
	size_t one_length, other_length;
	_cleanup_free_ uint8_t *a = bytes_make(one, &one_length);
	_cleanup_free_ uint8_t *b = bytes_make(other, &other_length);

	return a && b && one_length == other_length && memcmp(a, b, one_length) == 0;
}

/* ---- in ---- */

static bool bytes_take(const ProtobufCBinaryData *untrusted, void *ret, size_t length)
{
	if (untrusted->len != length)
		return false;
	memcpy(ret, untrusted->data, length);
	return true;
}

static bool address_is_good(uint8_t family, const void *bytes)
{
	struct net_address address = {.family = family};

	memcpy(address.bytes, bytes, address_size(family));
	return net_address_is_unicast(&address);
}

static bool interface_take(const Vmsilo__Net__Interface *untrusted, const char *vm,
	enum net_side side, struct net_interface *ret)
{
	net_tap_name(vm, side, ret->tap);
	return untrusted && bytes_take(&untrusted->mac, ret->mac, sizeof(ret->mac)) &&
	       (ret->mac[0] & 1) == 0 &&
	       bytes_take(&untrusted->guest4, &ret->guest4, sizeof(ret->guest4)) &&
	       bytes_take(&untrusted->gateway4, &ret->gateway4, sizeof(ret->gateway4)) &&
	       bytes_take(&untrusted->guest6, &ret->guest6, sizeof(ret->guest6)) &&
	       bytes_take(&untrusted->gateway6, &ret->gateway6, sizeof(ret->gateway6)) &&
	       address_is_good(AF_INET, &ret->guest4) && address_is_good(AF_INET, &ret->gateway4) &&
	       address_is_good(AF_INET6, &ret->guest6) && address_is_good(AF_INET6, &ret->gateway6);
}

static bool prefix_take(const Vmsilo__Net__Rule *untrusted, struct net_prefix *ret)
{
	size_t length = untrusted->address.len;

	*ret = (struct net_prefix){0};
	if (length == 0)
		return untrusted->length == 0;
	ret->address.family = length == 4 ? AF_INET : AF_INET6;
	ret->length = (uint8_t)untrusted->length;
	return (length == 4 || length == 16) && untrusted->length <= 8 * length &&
	       bytes_take(&untrusted->address, ret->address.bytes, length);
}

static bool name_take(const Vmsilo__Net__Rule *untrusted, struct net_rule *ret)
{
	memset(ret->name, 0, sizeof(ret->name));
	return !untrusted->name[0] ||
	       (untrusted->address.len == 0 && net_name_parse(untrusted->name, ret->name));
}

static bool ports_take(const Vmsilo__Net__Rule *untrusted, struct net_rule *ret)
{
	if (untrusted->n_ports > NET_PORTS_MAX ||
		(ret->protocol == NET_ICMP && untrusted->n_ports > 0))
		return false;
	for (size_t i = 0; i < untrusted->n_ports; i++) {
		const Vmsilo__Net__Ports *ports = untrusted->ports[i];
		if (ports->first < 1 || ports->first > ports->last || ports->last > UINT16_MAX)
			return false;
		ret->ports[i] = (struct net_port_range){
			.first = (uint16_t)ports->first, .last = (uint16_t)ports->last};
	}
	ret->ports_count = untrusted->n_ports;
	return true;
}

static bool rules_take(const Vmsilo__Net__Set *untrusted, struct net_attachment *ret)
{
	if (untrusted->n_rules > NET_RULES_MAX)
		return false;
	for (size_t i = 0; i < untrusted->n_rules; i++) {
		if (untrusted->rules[i]->protocol > VMSILO__NET__PROTOCOL__ICMP)
			return false;
		ret->rules[i].protocol = (enum net_protocol)untrusted->rules[i]->protocol;
		if (!prefix_take(untrusted->rules[i], &ret->rules[i].to) ||
			!name_take(untrusted->rules[i], &ret->rules[i]) ||
			!ports_take(untrusted->rules[i], &ret->rules[i]))
			return false;
	}
	ret->rules_count = untrusted->n_rules;
	return true;
}

static bool is_port(uint32_t untrusted_port)
{
	return untrusted_port >= 1 && untrusted_port <= UINT16_MAX;
}

static bool publish_take(const Vmsilo__Net__Publish *untrusted, struct net_publish *ret)
{
	size_t length = untrusted->address.len;

	*ret = (struct net_publish){.protocol = (enum net_protocol)untrusted->protocol,
		.address.family = length == 4 ? AF_INET : AF_INET6,
		.port = (uint16_t)untrusted->port,
		.target = (uint16_t)untrusted->target};
	return (untrusted->protocol == VMSILO__NET__PROTOCOL__TCP ||
		       untrusted->protocol == VMSILO__NET__PROTOCOL__UDP) &&
	       is_port(untrusted->port) && is_port(untrusted->target) &&
	       (length == 4 || length == 16) &&
	       bytes_take(&untrusted->address, ret->address.bytes, length);
}

static bool publish_list_take(const Vmsilo__Net__Set *untrusted, struct net_attachment *ret)
{
	if (untrusted->n_publish > NET_PUBLISH_MAX)
		return false;
	for (size_t i = 0; i < untrusted->n_publish; i++)
		if (!publish_take(untrusted->publish[i], &ret->publish[i]))
			return false;
	ret->publish_count = untrusted->n_publish;
	return true;
}

static bool host_ports_take(const Vmsilo__Net__Set *untrusted, struct net_attachment *ret)
{
	if (untrusted->n_host_ports > NET_HOST_PORTS_MAX)
		return false;
	for (size_t i = 0; i < untrusted->n_host_ports; i++) {
		const Vmsilo__Net__HostPort *port = untrusted->host_ports[i];
		if ((port->protocol != VMSILO__NET__PROTOCOL__TCP &&
			    port->protocol != VMSILO__NET__PROTOCOL__UDP) ||
			!is_port(port->port))
			return false;
		ret->host_ports[i] =
			(struct net_host_port){.protocol = (enum net_protocol)port->protocol,
				.port = (uint16_t)port->port};
	}
	ret->host_ports_count = untrusted->n_host_ports;
	return true;
}

bool net_wire_unpack(const Vmsilo__Net__Set *untrusted, struct net_attachment *ret)
{
	*ret = (struct net_attachment){.deny = untrusted->deny,
		.offline = untrusted->offline,
		.mtu = untrusted->mtu ? (uint16_t)untrusted->mtu : NET_MTU,
		.is_netvm = untrusted->down};
	if (ret->mtu < NET_MTU || untrusted->mtu > NET_MTU_MAX || !text_is_vm_name(untrusted->vm) ||
		(untrusted->netvm[0] && !text_is_vm_name(untrusted->netvm)) ||
		strcmp(untrusted->vm, untrusted->netvm) == 0)
		return false;
	memcpy(ret->vm, untrusted->vm, strlen(untrusted->vm));
	memcpy(ret->netvm, untrusted->netvm, strlen(untrusted->netvm));
	return interface_take(untrusted->up, ret->vm, NET_UP, &ret->up) &&
	       (!untrusted->down ||
		       interface_take(untrusted->down, ret->vm, NET_DOWN, &ret->down)) &&
	       rules_take(untrusted, ret) && host_ports_take(untrusted, ret) &&
	       publish_list_take(untrusted, ret);
}
