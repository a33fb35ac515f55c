#include "host-broker/network/allot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "proto/base/cleanup.h"
#include "proto/base/text.h"

#define PAIRS_BITS_MAX 24
#define PAIRS_MAX (UINT32_C(1) << PAIRS_BITS_MAX)
#define LINE_SIZE (sizeof(((struct net_allotment *)NULL)->name) + sizeof(" 16777215\n"))

static const char head[] =
	"# Addresses of VMs: kept by vmsilo-broker, one line per interface, with "
	"the number of its pair\n# of addresses in netvm_range and netvm_range6.\n";

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

/* ---- the file ---- */

static struct net_allotment *find(const struct net_allotments *allotments, const char *name)
{
	for (size_t i = 0; i < allotments->count; i++)
		if (strcmp(allotments->items[i].name, name) == 0)
			return &allotments->items[i];
	return NULL;
}

static bool is_given(const struct net_allotments *allotments, uint32_t pair)
{
	for (size_t i = 0; i < allotments->count; i++)
		if (allotments->items[i].pair == pair)
			return true;
	return false;
}

static int add(struct net_allotments *allotments, const char *name, uint32_t pair)
{
	if (allotments->count == NET_ALLOTMENTS_MAX)
		return UV_ENOSPC;
	struct net_allotment *items =
		reallocarray(allotments->items, allotments->count + 1, sizeof(*items));
	if (!items)
		return UV_ENOMEM;
	allotments->items = items;
	struct net_allotment *item = &items[allotments->count++];
	*item = (struct net_allotment){.pair = pair};
	snprintf(item->name, sizeof(item->name), "%s", name);
	return 0;
}

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

static int line_parse(struct net_allotments *allotments, char *line)
{
	char *rest = line;

	if (line[0] == '#' || line[0] == '\0')
		return 0;
	const char *name = strsep(&rest, " ");
	if (!rest || !is_name(name))
		return UV_EINVAL;
	size_t digits = strspn(rest, "0123456789");
	unsigned long pair = strtoul(rest, NULL, 10);
	if (digits == 0 || digits > 8 || rest[digits] || pair >= PAIRS_MAX ||
		find(allotments, name) || is_given(allotments, (uint32_t)pair))
		return UV_EINVAL;
	return add(allotments, name, (uint32_t)pair);
}

int net_allotments_parse(
	struct net_allotments *allotments, const char *text, unsigned int *ret_line)
{
	_cleanup_free_ char *copy = strdup(text);
	char *rest = copy, *line;
	int code = copy ? 0 : UV_ENOMEM;

	*ret_line = 0;
	while (code == 0 && (line = strsep(&rest, "\n"))) {
		++*ret_line;
		code = line_parse(allotments, line);
	}
	if (code < 0)
		net_allotments_finish(allotments);
	return code;
}

char *net_allotments_print(const struct net_allotments *allotments)
{
	size_t size = sizeof(head) + allotments->count * LINE_SIZE;
	char *text = malloc(size);
	size_t length = sizeof(head) - 1;

	if (!text)
		return NULL;
	memcpy(text, head, sizeof(head));
	for (size_t i = 0; i < allotments->count; i++) {
		const struct net_allotment *item = &allotments->items[i];
		length += (size_t)snprintf(
			text + length, size - length, "%s %u\n", item->name, item->pair);
	}
	return text;
}

void net_allotments_finish(struct net_allotments *allotments)
{
	free(allotments->items);
	*allotments = (struct net_allotments){0};
}

/* ---- giving ---- */

/* Whose it is to be. */
struct wanted {
	const struct net_pins *pins;
	const char *vm;
	enum net_side side;
	char name[sizeof(((struct net_allotment *)NULL)->name)];
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

static int give(struct net_allotments *allotments, const struct wanted *wanted, uint32_t *ret)
{
	uint32_t first = first_pair(wanted);
	/* Of so many at least one is free. */
	size_t tries = allotments->count + wanted->pins->count + 1;

	if (tries > wanted->pairs)
		tries = wanted->pairs;
	for (size_t i = 0; i < tries; i++) {
		*ret = (uint32_t)((first + i) % wanted->pairs);
		if (is_given(allotments, *ret) || is_pinned(wanted, *ret))
			continue;
		int code = add(allotments, wanted->name, *ret);
		return code < 0 ? code : 1;
	}
	return UV_ENOSPC;
}

int net_allot(struct net_allotments *allotments, const struct net_pins *pins, const char *vm,
	enum net_side side, uint32_t pairs, uint32_t *ret)
{
	struct wanted wanted = {.pins = pins, .vm = vm, .side = side, .pairs = pairs};

	snprintf(wanted.name, sizeof(wanted.name), "%s%s", vm,
		side == NET_DOWN ? NET_ALLOTMENT_DOWN : "");
	struct net_allotment *had = find(allotments, wanted.name);
	if (had && had->pair < pairs && !is_pinned(&wanted, had->pair)) {
		*ret = had->pair;
		return 0;
	}
	if (had)
		*had = allotments->items[--allotments->count];
	return give(allotments, &wanted, ret);
}
