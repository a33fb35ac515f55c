#include "host-broker/config/restart.h"

#include <string.h>

#include "host-broker/config/table.h"

void vm_config_compare(const struct vm_config *before, const struct vm_config *after,
	struct config_difference *ret)
{
	*ret = (struct config_difference){0};
	for (size_t i = 0; i < config_vm_keys.count; i++) {
		const struct key *key = &config_vm_keys.keys[i];
		if (key->type->equal(
			    key, key_member_const(key, before), key_member_const(key, after)))
			continue;
		if (key_waits(key, before, after))
			ret->restart[ret->restart_count++] = key->name;
		else
			ret->live[ret->live_count++] = key->name;
	}
}

void vm_config_merge(
	const struct vm_config *ran, const struct vm_config *newest, struct vm_config *ret)
{
	*ret = *newest;
	for (size_t i = 0; i < config_vm_keys.count; i++) {
		const struct key *key = &config_vm_keys.keys[i];
		if (key_waits(key, ran, newest))
			memcpy(key_member(key, ret), key_member_const(key, ran),
				key_member_size(key));
	}
}
