#include "host-broker/setup/message.h"

#include <stdio.h>

/* A host name has no '_' (RFC 1123, 2.1). */
static void host_name_make(const char *vm, char ret[VM_NAME_MAX + 1])
{
	snprintf(ret, VM_NAME_MAX + 1, "%s", vm);
	for (char *at = ret; *at; at++)
		if (*at == '_')
			*at = '-';
}

static const char *either(const char *configured, const char *otherwise)
{
	return configured[0] ? configured : otherwise;
}

static void keyboard_fill(
	const struct vm_config *vm, const struct setup_host *host, Vmsilo__Control__Keyboard *ret)
{
	bool is_configured = vm->keyboard.layout[0];

	vmsilo__control__keyboard__init(ret);
	ret->layout = (char *)(is_configured ? vm->keyboard.layout : host->keyboard.layout);
	ret->variant = (char *)(is_configured ? vm->keyboard.variant : host->keyboard.variant);
	ret->model = (char *)(is_configured ? vm->keyboard.model : host->keyboard.model);
	ret->options = (char *)(is_configured ? vm->keyboard.options : host->keyboard.options);
}

void setup_message_make(const struct vm_config *vm, const struct vm_config *ran,
	const struct setup_host *host, const char *zones, struct setup_message *ret)
{
	Vmsilo__Control__Setup *setup = &ret->setup;

	ret->host = *host;
	vmsilo__control__setup__init(setup);
	host_name_make(vm->name, ret->host_name);
	setup->host_name = ret->host_name;
	setup->time_zone = (char *)either(vm->time_zone, ret->host.time_zone);
	setup_zone_rule(zones, setup->time_zone, ret->time_zone_rule);
	setup->time_zone_rule = ret->time_zone_rule;
	setup->locale = (char *)either(vm->locale, ret->host.locale);
	keyboard_fill(vm, &ret->host, &ret->keyboard);
	setup->keyboard = ret->keyboard.layout[0] ? &ret->keyboard : NULL;
	vmsilo__control__user__init(&ret->user);
	ret->user.name = (char *)vm->user;
	ret->user.uid = vm->guest_uid;
	setup->user = &ret->user;
	setup_mounts_make(vm, ran->home_bytes > 0, &ret->mounts);
	setup->mounts = ret->mounts.list;
	setup->n_mounts = ret->mounts.count;
}
