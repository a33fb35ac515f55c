#include "host-broker/network/addresses.h"

#include <stdlib.h>
#include <string.h>

#include "host-broker/network/allot.h"
#include "proto/base/cleanup.h"
#include "proto/host/state-file.h"

/* ---- VMs that say which they have ---- */

static void pin_add(
	struct net_pins *pins, const char *vm, const struct net_prefix *range, const char *text)
{
	struct net_address address;

	if (!text[0] || !net_address_parse(text, &address) ||
		!net_pair_of(range, &address, &pins->items[pins->count].pair))
		return;
	pins->items[pins->count++].vm = vm;
}

static int pins_get(
	const struct vm_table *vms, const struct net_ranges *ranges, struct net_pins *ret)
{
	size_t count = vm_table_count(vms);

	*ret = (struct net_pins){.items = calloc(2 * count + 1, sizeof(*ret->items))};
	if (!ret->items)
		return UV_ENOMEM;
	for (size_t i = 0; i < count; i++) {
		const struct vm_config *vm = vm_configuration(vm_table_at(vms, i));
		pin_add(ret, vm->name, &ranges->range4, vm->network.address);
		pin_add(ret, vm->name, &ranges->range6, vm->network.address6);
	}
	return 0;
}

/* ---- the file ---- */

static int load(const char *path, struct numbers *ret, struct error *error)
{
	_cleanup_free_ char *text = NULL;
	unsigned int line;
	int code = state_file_read(path, &text, error);

	if (code < 0)
		return code;
	code = numbers_parse(ret, text, &line);
	return code < 0 ? error_set(error, code,
				  "%s:%u: expected 'NAME NUMBER', each name and number once; "
				  "correct that line",
				  path, line)
			: 0;
}

static int save(const char *path, const struct numbers *allotments, struct error *error)
{
	_cleanup_free_ char *text = numbers_print(allotments);
	int code = text ? state_file_write(path, text) : UV_ENOMEM;

	return code < 0 ? error_set(error, code, "cannot write %s: %s", path, uv_strerror(code))
			: 0;
}

/* Each of them: its own, that of its clients, and that of its netvm's. 1: some were given. */
static int all_allot(struct numbers *allotments, const struct net_pins *pins,
	const struct vm_config *vm, uint32_t pairs, struct net_pairs *ret)
{
	const char *netvm = network_config_netvm(&vm->network);
	int own = net_allot(allotments, pins, vm->name, NET_UP, pairs, &ret->up);
	int down = own >= 0 && vm->is_netvm
			   ? net_allot(allotments, pins, vm->name, NET_DOWN, pairs, &ret->down)
			   : 0;
	int beyond = own >= 0 && down >= 0 && netvm[0]
			     ? net_allot(allotments, pins, netvm, NET_DOWN, pairs, &ret->netvm)
			     : 0;

	return own < 0 ? own : down < 0 ? down : beyond < 0 ? beyond : own || down || beyond;
}

static int get(const char *path, const struct net_pins *pins, const struct vm_config *vm,
	const struct net_ranges *ranges, struct net_pairs *ret, struct error *error)
{
	struct numbers allotments = {.rules = &net_allotment_rules};
	int code = load(path, &allotments, error);

	if (code == 0) {
		code = all_allot(&allotments, pins, vm, net_ranges_pairs(ranges), ret);
		if (code < 0)
			error_set(error, code,
				"no address is free in netvm_range: widen it, or remove the lines "
				"of deleted VMs from %s",
				path);
		else if (code > 0)
			code = save(path, &allotments, error);
	}
	numbers_finish(&allotments);
	return code;
}

int net_addresses_get(const char *path, const struct vm_table *vms, const struct vm_config *vm,
	const struct net_ranges *ranges, struct net_pairs *ret, struct error *error)
{
	struct net_pins pins;
	int code = pins_get(vms, ranges, &pins);

	code = code < 0 ? error_set(error, code, "out of memory")
			: get(path, &pins, vm, ranges, ret, error);
	free(pins.items);
	return code;
}
