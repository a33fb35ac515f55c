#include "host-broker/network/allot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "proto/base/cleanup.h"
#include "proto/base/text.h"

#define PAIRS_BITS_MAX 24
#define PAIRS_MAX (UINT32_C(1) << PAIRS_BITS_MAX)

/* ---- ranges ---- */

uint32_t net_pairs(const struct net_prefix *range)
{
	unsigned int bits = (range->address.family == AF_INET ? 32 : 128) - range->length;

	return bits > PAIRS_BITS_MAX ? PAIRS_MAX : UINT32_C(1) << (bits > 0 ? bits - 1 : 0);
}

/* A range's lower bits are zero, and a pair's number has no more than they are. */
struct net_address net_pair_address(const struct net_prefix *range, uint32_t pair)
{
	struct net_address address = range->address;
	size_t last = address.family == AF_INET ? 3 : 15;
	uint32_t offset = 2 * pair;

	for (size_t i = 0; i < 4; i++)
		address.bytes[last - i] |= (uint8_t)(offset >> 8 * i);
	return address;
}

bool net_pair_of(const struct net_prefix *range, const struct net_address *address, uint32_t *ret)
{
	size_t last = address->family == AF_INET ? 3 : 15;
	uint32_t offset = 0;

	if (!net_prefix_has(range, address))
		return false;
	for (size_t i = 0; i < 4; i++)
		offset |= (uint32_t)(uint8_t)(address->bytes[last - i] ^
					      range->address.bytes[last - i])
			  << 8 * i;
	*ret = offset / 2;
	const struct net_address begin = net_pair_address(range, *ret);
	const struct net_prefix pair = {.address = begin, .length = (uint8_t)(8 * (last + 1) - 1)};
	return *ret < net_pairs(range) && net_prefix_has(&pair, address);
}

/* ---- names and numbers ---- */

/* "VM", or "VM.down". */
static bool is_name(const char *name)
{
	char vm[VM_NAME_MAX + 1];
	size_t length = strcspn(name, ".");

	if (length > VM_NAME_MAX ||
		(name[length] && strcmp(name + length, NET_ALLOTMENT_DOWN) != 0))
		return false;
	memcpy(vm, name, length);
	vm[length] = '\0';
	return text_is_vm_name(vm);
}

static bool is_pair(uint32_t number)
{
	return number < PAIRS_MAX;
}

const struct number_rules net_allotment_rules = {
	.head = "# Addresses of VMs: kept by vmsilo-broker, one line per interface, with the "
		"number of its pair\n# of addresses in netvm_range and netvm_range6.\n",
	.most = NET_ALLOTMENTS_MAX,
	.is_name = is_name,
	.is_number = is_pair,
};

/* ---- giving ---- */

/* Whose it is to be. */
struct wanted {
	const struct net_pins *pins;
	const char *vm;
	enum net_side side;
	char name[NUMBER_NAME_MAX + 1];
	uint32_t pairs;
};

static bool is_pinned(const struct wanted *wanted, uint32_t pair)
{
	const struct net_pins *pins = wanted->pins;

	for (size_t i = 0; i < pins->count; i++)
		if (pins->items[i].pair == pair &&
			(wanted->side == NET_DOWN || strcmp(pins->items[i].vm, wanted->vm) != 0))
			return true;
	return false;
}

/* Where the search begins: by the name, as its MAC address is. */
static uint32_t first_pair(const struct wanted *wanted)
{
	uint8_t mac[6];

	net_mac(wanted->vm, wanted->side, mac);
	return ((uint32_t)mac[2] << 24 | (uint32_t)mac[3] << 16 | (uint32_t)mac[4] << 8 | mac[5]) %
	       wanted->pairs;
}

static int give(struct numbers *allotments, const struct wanted *wanted, uint32_t *ret)
{
	uint32_t first = first_pair(wanted);
	/* Of so many at least one is free. */
	size_t tries = allotments->count + wanted->pins->count + 1;

	if (tries > wanted->pairs)
		tries = wanted->pairs;
	for (size_t i = 0; i < tries; i++) {
		*ret = (uint32_t)((first + i) % wanted->pairs);
		if (numbers_find_value(allotments, *ret) || is_pinned(wanted, *ret))
			continue;
		int code = numbers_add(allotments, wanted->name, *ret);
		return code < 0 ? code : 1;
	}
	return UV_ENOSPC;
}

int net_allot(struct numbers *allotments, const struct net_pins *pins, const char *vm,
	enum net_side side, uint32_t pairs, uint32_t *ret)
{
	struct wanted wanted = {.pins = pins, .vm = vm, .side = side, .pairs = pairs};

	snprintf(wanted.name, sizeof(wanted.name), "%s%s", vm,
		side == NET_DOWN ? NET_ALLOTMENT_DOWN : "");
	struct number *had = numbers_find(allotments, wanted.name);
	if (had && had->value < pairs && !is_pinned(&wanted, had->value)) {
		*ret = had->value;
		return 0;
	}
	if (had)
		*had = allotments->items[--allotments->count];
	return give(allotments, &wanted, ret);
}
