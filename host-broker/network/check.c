#include "host-broker/network/check.h"

#include <stdio.h>
#include <string.h>
#include <uv.h>

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
	for (size_t i = 0; code == 0 && i < index; i++)
		code = pins_check(vm, &config->vms[i], error);
	return code;
}

int network_check(const struct config *config, struct error *error)
{
	struct net_ranges ranges;
	int code;

	net_ranges_of(&config->broker, &ranges);
	code = ranges_check(&config->broker, &ranges, error);
	for (size_t i = 0; code == 0 && i < config->vms_count; i++)
		if (network_config_is_set(&config->vms[i].network))
			code = vm_check(config, i, &ranges, error);
	return code;
}
