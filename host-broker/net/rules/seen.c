#include "host-broker/net/rules/seen.h"

#include <string.h>

static bool is_beyond(const struct net_address *address)
{
	static const char *const around[] = {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
		"100.64.0.0/10", "198.18.0.0/15", "fc00::/7"};
	struct net_prefix prefix;

	if (!net_address_is_unicast(address))
		return false;
	for (size_t i = 0; i < sizeof(around) / sizeof(around[0]); i++)
		if (net_prefix_parse(around[i], &prefix) && net_prefix_has(&prefix, address))
			return false;
	return true;
}

static struct rules_seen *find(struct rules_vm *vm, size_t rule, const struct net_address *address)
{
	for (size_t i = 0; i < vm->seen_count; i++)
		if (vm->seen[i].rule == rule && net_address_equal(&vm->seen[i].address, address))
			return &vm->seen[i];
	return NULL;
}

static void expire(struct rules_vm *vm, uint64_t now_ms)
{
	size_t kept = 0;

	for (size_t i = 0; i < vm->seen_count; i++)
		if (now_ms - vm->seen[i].last_ms <= SEEN_KEPT_MS)
			vm->seen[kept++] = vm->seen[i];
	vm->seen_count = kept;
}

static struct rules_seen *place_get(struct rules_vm *vm)
{
	struct rules_seen *oldest = &vm->seen[0];

	if (vm->seen_count < RULES_SEEN_MAX)
		return &vm->seen[vm->seen_count++];
	for (size_t i = 1; i < vm->seen_count; i++)
		if (vm->seen[i].last_ms < oldest->last_ms)
			oldest = &vm->seen[i];
	return oldest;
}

/* new: whether such as was not seen may be added. */
static bool address_add(struct rules_vm *vm, size_t rule, const struct net_address *address,
	bool new, uint64_t now_ms)
{
	struct rules_seen *seen = find(vm, rule, address);
	bool added = !seen;

	if (added && !new)
		return false;
	if (added)
		seen = place_get(vm);
	*seen = (struct rules_seen){.rule = rule, .address = *address, .last_ms = now_ms};
	return added;
}

static bool change_may(struct rules_vm *vm, uint64_t now_ms)
{
	const uint64_t burst_ms = SEEN_CHANGES_BURST * SEEN_CHANGE_MS;

	if (vm->seen_spent_ms < now_ms)
		vm->seen_spent_ms = now_ms;
	return vm->seen_spent_ms + SEEN_CHANGE_MS <= now_ms + burst_ms;
}

bool seen_add(struct rules_vm *vm, const char *name, const struct net_address *addresses,
	size_t count, uint64_t now_ms)
{
	bool may = change_may(vm, now_ms), changed = false;

	expire(vm, now_ms);
	for (size_t rule = 0; rule < vm->attachment.rules_count; rule++) {
		const char *pattern = vm->attachment.rules[rule].name;
		if (!pattern[0] || !net_name_matches(pattern, name))
			continue;
		for (size_t i = 0; i < count; i++)
			if (is_beyond(&addresses[i]))
				changed = address_add(vm, rule, &addresses[i], may, now_ms) ||
					  changed;
	}
	if (changed)
		vm->seen_spent_ms += SEEN_CHANGE_MS;
	return changed;
}

void seen_move(struct rules_vm *vm, const struct net_attachment *next)
{
	const size_t count = vm->seen_count;

	vm->seen_count = 0;
	for (size_t i = 0; i < count; i++) {
		struct rules_seen seen = vm->seen[i];
		const char *name = vm->attachment.rules[seen.rule].name;
		for (seen.rule = 0; seen.rule < next->rules_count; seen.rule++)
			if (strcmp(next->rules[seen.rule].name, name) == 0)
				break;
		if (seen.rule < next->rules_count)
			vm->seen[vm->seen_count++] = seen;
	}
}
