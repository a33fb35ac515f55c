#include "host-broker/monitor/capability.h"

#include <stdio.h>
#include <string.h>

static const struct known_monitor *find(const struct known_monitor *known, const char *name)
{
	for (; known->name; known++)
		if (strcmp(known->name, name) == 0)
			return known;
	return NULL;
}

static bool unknown_object(
	const struct known_monitor *known, const struct vm_config *vm, struct config_objection *ret)
{
	size_t size = sizeof(ret->text);
	int length = snprintf(ret->text, size, "unknown monitor \"%s\"; expected", vm->monitor);

	ret->key = "monitor";
	for (size_t i = 0; known[i].name && length >= 0 && (size_t)length < size; i++)
		length += snprintf(ret->text + length, size - (size_t)length, "%s %s",
			i == 0 ? "" : " or", known[i].name);
	return true;
}

static bool shrinks(const struct vm_config *vm)
{
	return vm->memory_min_bytes < vm->memory_bytes;
}

static bool has_home(const struct vm_config *vm)
{
	return vm->home_bytes > 0;
}

static bool has_disks(const struct vm_config *vm)
{
	return vm->disks.count > 0;
}

static bool pauses(const struct vm_config *vm)
{
	return vm->idle.pause_ms > 0;
}

static bool starts_paused(const struct vm_config *vm)
{
	return vm->autostart == AUTOSTART_PAUSED;
}

static bool has_shares(const struct vm_config *vm)
{
	return vm->shares.count > 0;
}

static bool has_network(const struct vm_config *vm)
{
	return network_config_is_set(&vm->network);
}

static bool has_interfaces(const struct vm_config *vm)
{
	return vm->interfaces.count > 0;
}

/* What a key takes of the monitor, when a VM has it. */
static const struct want {
	const char *key;
	bool (*wanted)(const struct vm_config *vm);
	enum capability capability;
	const char *text;
} wants[] = {
	{"home", has_home, CAPABILITY_DISKS, "supports no disks; leave this key out"},
	{"disks", has_disks, CAPABILITY_DISKS, "supports no disks; leave this key out"},
	{"idle", pauses, CAPABILITY_PAUSE, "cannot pause a guest; leave 'pause' out of this key"},
	{"autostart", starts_paused, CAPABILITY_PAUSE, "cannot pause a guest; say on or off"},
	{"network", has_network, CAPABILITY_NICS, "has no network cards; leave this key out"},
	{"interfaces", has_interfaces, CAPABILITY_NICS, "has no network cards; leave this key out"},
	{"memory_min", shrinks, CAPABILITY_BALLOON,
		"has no balloon, so its memory cannot shrink; leave this key out"},
	{"shares", has_shares, CAPABILITY_VHOST_USER, "supports no shares; leave this key out"},
};

/* A root and its layer, which nobody configures; where the image has none, they are not missed. */
#define DISKS_OF_ROOT 2

static size_t disks_of(const struct vm_config *vm)
{
	return DISKS_OF_ROOT + (has_home(vm) ? 1 : 0) + vm->disks.count;
}

/* count: of all; configured: those of the list at key. */
static bool more_than(unsigned int most, size_t count, size_t configured, const char *key,
	const struct vm_config *vm, struct config_objection *ret)
{
	if (configured == 0 || count <= most)
		return false;
	ret->key = key;
	ret->item = configured - (count - most);
	snprintf(ret->text, sizeof(ret->text),
		"machine \"%s\" has places for %zu of them here, not for %zu; say 'machine: q35', "
		"or "
		"leave some out",
		vm->machine, ret->item, configured);
	return true;
}

static bool counts_object(const struct known_monitor *monitor, const struct vm_config *vm,
	struct config_objection *ret)
{
	return monitor->most &&
	       (more_than(monitor->most(vm->machine, CAPABILITY_DISKS), disks_of(vm),
			vm->disks.count, "disks", vm, ret) ||
		       more_than(monitor->most(vm->machine, CAPABILITY_VHOST_USER),
			       vm->shares.count, vm->shares.count, "shares", vm, ret));
}

bool capability_object(
	const struct known_monitor *known, const struct vm_config *vm, struct config_objection *ret)
{
	const struct known_monitor *monitor = find(known, vm->monitor);

	if (!monitor)
		return unknown_object(known, vm, ret);
	unsigned int has = monitor->capabilities(vm->machine);
	for (size_t i = 0; i < sizeof(wants) / sizeof(wants[0]); i++) {
		if (!wants[i].wanted(vm) || (has & wants[i].capability))
			continue;
		ret->key = wants[i].key;
		snprintf(ret->text, sizeof(ret->text), "monitor \"%s\" %s", vm->monitor,
			wants[i].text);
		return true;
	}
	return counts_object(monitor, vm, ret);
}
