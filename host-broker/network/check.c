#include "host-broker/network/check.h"

#include <stdio.h>
#include <string.h>
#include <uv.h>

#include "host-broker/config/network.h"
#include "host-broker/network/attach.h"

/* vmsilo-net's own way out has addresses of it. */
#define RANGE6_TAKEN "fd76:6d73:696c::/64"

/* ---- what two have ---- */

static int pin_check(const struct vm_config *vm, const char *key, const char *text,
	const char *range_key, const struct net_prefix *range, struct error *error)
{
	struct net_address address;
	char range_text[NET_PREFIX_TEXT_SIZE];

	if (!text[0] || (net_address_parse(text, &address) && net_prefix_has(range, &address)))
		return 0;
	net_prefix_print(range, range_text);
	return error_set(error, UV_EINVAL, "%s: network: %s: %s is not in %s (broker: %s)",
		vm->source, key, text, range_text, range_key);
}

/* One pair is one VM's. */
static bool pins_meet(const char *one, const char *other)
{
	struct net_address a, b;

	if (!one[0] || !other[0] || !net_address_parse(one, &a) || !net_address_parse(other, &b))
		return false;
	const struct net_address peer = net_address_peer(&a);
	return net_address_equal(&a, &b) || net_address_equal(&peer, &b);
}

static int pins_check(
	const struct vm_config *vm, const struct vm_config *other, struct error *error)
{
	const struct network_config *a = &vm->network, *b = &other->network;
	bool meet4 = pins_meet(a->address, b->address);

	if (!meet4 && !pins_meet(a->address6, b->address6))
		return 0;
	return error_set(error, UV_EINVAL,
		"%s: network: %s: %s is one pair with %s of VM \"%s\" (%s); each VM needs a pair "
		"of its own, which begins at an even address",
		vm->source, meet4 ? "address" : "address6", meet4 ? a->address : a->address6,
		meet4 ? b->address : b->address6, other->name, other->source);
}

/* ---- netvms ---- */

static const struct vm_config *netvm_of(const struct config *config, const struct vm_config *vm)
{
	const char *name = network_config_netvm(&vm->network);

	return name[0] ? config_find(config, name) : NULL;
}

/* "a (f.yaml:2) -> b (f.yaml:3) -> a" */
static int circle_tell(const struct config *config, const struct vm_config *vm, struct error *error)
{
	char text[sizeof(error->text)] = "";
	size_t used = 0;
	const struct vm_config *at = vm;

	do {
		int length = snprintf(
			text + used, sizeof(text) - used, "%s (%s) -> ", at->name, at->source);
		used = used + (size_t)length < sizeof(text) ? used + (size_t)length
							    : sizeof(text) - 1;
		at = netvm_of(config, at);
	} while (at != vm);
	return error_set(error, UV_EINVAL,
		"%s: network: netvm: VM \"%s\" would reach the network through itself: %s%s",
		vm->source, vm->name, text, vm->name);
}

static int circle_check(
	const struct config *config, const struct vm_config *vm, struct error *error)
{
	const struct vm_config *at = vm;

	for (size_t i = 0; at && i < config->vms_count; i++) {
		at = netvm_of(config, at);
		if (at == vm)
			return circle_tell(config, vm, error);
	}
	return 0;
}

static int way_check(const struct config *config, const struct vm_config *vm, struct error *error)
{
	const char *name = network_config_netvm(&vm->network);
	const struct vm_config *netvm = netvm_of(config, vm);

	if (!name[0])
		return 0;
	if (!netvm)
		return error_set(error, UV_EINVAL,
			"%s: network: netvm: there is no VM \"%s\"; expected none, host, or the "
			"name of a VM with 'is_netvm: true'",
			vm->source, name);
	if (!netvm->is_netvm)
		return error_set(error, UV_EINVAL,
			"%s: network: netvm: VM \"%s\" (%s) is no netvm; say 'is_netvm: true' "
			"there",
			vm->source, name, netvm->source);
	if (vm->network.host_ports.count > 0)
		return error_set(error, UV_EINVAL,
			"%s: network: host_ports: VM \"%s\" goes through VM \"%s\" (%s), and ports "
			"of "
			"the host are reached with 'netvm: host' alone",
			vm->source, vm->name, name, netvm->source);
	return circle_check(config, vm, error);
}

static int netvm_check(const struct vm_config *vm, struct error *error)
{
	if (!vm->is_netvm && vm->network.client_ports.count > 0)
		return error_set(error, UV_EINVAL,
			"%s: network: client_ports: VM \"%s\" is no netvm, and has no clients; say "
			"'is_netvm: true'",
			vm->source, vm->name);
	if (!vm->is_netvm)
		return 0;
	if (strcmp(vm->name, NETWORK_HOST) == 0 || strcmp(vm->name, NETWORK_NONE) == 0)
		return error_set(error, UV_EINVAL,
			"%s: is_netvm: a netvm cannot be called \"%s\", which means something else "
			"in "
			"'network'",
			vm->source, vm->name);
	if (!network_config_is_set(&vm->network))
		return error_set(error, UV_EINVAL,
			"%s: is_netvm: VM \"%s\" has no network that others could reach through "
			"it; say "
			"'network: host', or the name of another netvm",
			vm->source, vm->name);
	return 0;
}

/* ---- devices of the host's ---- */

static bool has_tap(const struct vm_config *other, const struct interface_config *interface)
{
	for (size_t i = 0; interface->tap[0] && i < other->interfaces.count; i++)
		if (&other->interfaces.items[i] != interface &&
			strcmp(other->interfaces.items[i].tap, interface->tap) == 0)
			return true;
	return false;
}

static int interfaces_check(
	const struct config *config, size_t index, bool system, struct error *error)
{
	const struct vm_config *vm = &config->vms[index];

	if (vm->interfaces.count > 0 && !system)
		return error_set(error, UV_EINVAL,
			"%s: interfaces: the host's TAPs and bridges are root's: only VMs of the "
			"machine's broker (--system) have such; use the key network",
			vm->source);
	for (size_t i = 0; i < vm->interfaces.count; i++)
		if (!vm->interfaces.items[i].tap[0] == !vm->interfaces.items[i].bridge[0])
			return error_set(error, UV_EINVAL,
				"%s: interfaces: each has either tap or bridge; the one with "
				"number %zu has %s",
				vm->source, i + 1,
				vm->interfaces.items[i].tap[0] ? "both" : "neither");
	for (size_t i = 0; i < vm->interfaces.count; i++)
		for (size_t j = 0; j <= index; j++)
			if (has_tap(&config->vms[j], &vm->interfaces.items[i]))
				return error_set(error, UV_EINVAL,
					"%s: interfaces: the TAP %s is that of VM \"%s\" (%s) as "
					"well; a TAP has one guest",
					vm->source, vm->interfaces.items[i].tap,
					config->vms[j].name, config->vms[j].source);
	return 0;
}

/* ---- all ---- */

static int ranges_check(
	const struct broker_config *broker, const struct net_ranges *ranges, struct error *error)
{
	struct net_prefix taken;

	if (net_prefix_parse(RANGE6_TAKEN, &taken) && net_prefix_overlaps(&taken, &ranges->range6))
		return error_set(error, UV_EINVAL,
			"broker: netvm_range6: %s overlaps with %s, which vmsilo-net has for "
			"itself",
			broker->netvm_range6, RANGE6_TAKEN);
	return 0;
}

/* What two VMs publish meets only when both run, which their start says. */
static int publish_check(const struct vm_config *vm, struct error *error)
{
	const struct text_list *texts = &vm->network.publish;
	struct net_publish one, other;

	for (size_t i = 0; i < texts->count; i++)
		for (size_t j = 0; j < i; j++)
			if (net_publish_parse(texts->items[i], &one) &&
				net_publish_parse(texts->items[j], &other) &&
				net_publish_meets(&one, &other))
				return error_set(error, UV_EINVAL,
					"%s: network: publish: %s and %s want one port of the host",
					vm->source, texts->items[j], texts->items[i]);
	return 0;
}

/* They are known by what vmsilo's own DNS answers. */
static int names_check(const struct vm_config *vm, struct error *error)
{
	const struct network_config *network = &vm->network;
	char name[NET_NAME_MAX + 1];

	for (size_t i = 0; i < network->allow.count; i++) {
		const char *to = network->allow.items[i].to;
		if (!net_name_parse(to, name))
			continue;
		if (network->dns.count > 0 || strcmp(network->netvm, NETWORK_HOST) != 0)
			return error_set(error, UV_EINVAL,
				"%s: network: allow: %s is a name, and names need vmsilo's own "
				"DNS: "
				"%s",
				vm->source, to,
				network->dns.count > 0 ? "leave out dns"
						       : "which a VM behind a netvm does not ask");
	}
	return 0;
}

static int vm_check(const struct config *config, size_t index, const struct net_ranges *ranges,
	struct error *error)
{
	const struct vm_config *vm = &config->vms[index];
	const struct network_config *network = &vm->network;
	int code =
		pin_check(vm, "address", network->address, "netvm_range", &ranges->range4, error);

	if (code == 0)
		code = pin_check(
			vm, "address6", network->address6, "netvm_range6", &ranges->range6, error);
	if (code == 0)
		code = publish_check(vm, error);
	if (code == 0)
		code = names_check(vm, error);
	for (size_t i = 0; code == 0 && i < index; i++)
		code = pins_check(vm, &config->vms[i], error);
	return code;
}

int network_check(const struct config *config, bool system, struct error *error)
{
	struct net_ranges ranges;
	int code;

	net_ranges_of(&config->broker, &ranges);
	code = ranges_check(&config->broker, &ranges, error);
	for (size_t i = 0; code == 0 && i < config->vms_count; i++) {
		code = netvm_check(&config->vms[i], error);
		if (code == 0 && network_config_is_set(&config->vms[i].network))
			code = vm_check(config, i, &ranges, error);
		if (code == 0)
			code = way_check(config, &config->vms[i], error);
		if (code == 0)
			code = interfaces_check(config, i, system, error);
	}
	return code;
}
