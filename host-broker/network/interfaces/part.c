#include "host-broker/network/interfaces/part.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-broker/address/address.h"
#include "host-broker/network/attachment.h"
#include "host-broker/network/interfaces/device.h"
#include "proto/base/mac.h"

#define NAME "its interfaces"
#define KEY "interfaces"
#define RANK_FIRST 2 /* of its cards: behind those of its network */

/* Of one run. */
struct interfaces {
	const struct run_context *context;
};

static const struct run_context *context_of(const struct part *part)
{
	const struct interfaces *interfaces = part->data;

	return interfaces->context;
}

void interface_mac(const struct vm_config *vm, size_t index, uint8_t ret[6])
{
	const char *mac = vm->interfaces.items[index].mac;

	if (!mac[0] || !mac_parse(mac, ret))
		net_mac(vm->name, (enum net_side)(NET_HOST + index), ret);
}

static int device_open(const struct vm_config *vm, size_t index, const uint8_t mac[6],
	struct host_device *ret, struct error *error)
{
	const struct interface_config *interface = &vm->interfaces.items[index];
	char tap[IFNAMSIZ];

	if (interface->tap[0])
		return host_device_open_tap(interface->tap, ret, error);
	net_tap_name(vm->name, (enum net_side)(NET_HOST + index), tap);
	return host_device_open_bridge(interface->bridge, tap, mac, ret, error);
}

static void down_note(const struct part *part, const struct interface_config *interface)
{
	const char *name = interface->tap[0] ? interface->tap : interface->bridge;
	char text[128];

	snprintf(text, sizeof(text),
		"the host's device %s is down; as root, run: ip link set %s up", name, name);
	part_note(part, text);
}

static int interface_prepare(struct part *part, size_t index, struct error *error)
{
	const struct run_context *context = context_of(part);
	struct host_device device = {.fd = -1};
	struct monitor_nic nic = {0};

	interface_mac(context->vm, index, nic.mac);
	int code = device_open(context->vm, index, nic.mac, &device, error);
	if (code < 0)
		return code;
	if (!device.is_up)
		down_note(part, &context->vm->interfaces.items[index]);
	nic.tap_fd = device.fd;
	nic.mtu = device.mtu;
	code = vm_devices_add_nic(context->devices, RANK_FIRST + (unsigned int)index, &nic);
	return code < 0 ? error_set(error, code, "out of memory") : 0;
}

/* The monitor of an adopted run has them. */
static int part_prepare(struct part *part, struct error *error)
{
	const struct run_context *context = context_of(part);
	int code = 0;

	for (size_t i = 0; !context->adopted && i < context->vm->interfaces.count && code == 0; i++)
		code = interface_prepare(part, i, error);
	return code;
}

static int part_release(struct part *part)
{
	(void)part;
	return 0;
}

static void part_forget(struct part *part)
{
	free(part->data);
}

static const struct part_kind interfaces_kind = {
	.name = "interfaces",
	.death = PART_DEATH_DEGRADES,
	.prepare = part_prepare,
	.release = part_release,
	.forget = part_forget,
};

int interfaces_add(void *data, const struct run_context *context, struct error *error)
{
	struct interfaces *interfaces;

	(void)data;
	if (context->vm->interfaces.count == 0)
		return 0;
	interfaces = malloc(sizeof(*interfaces));
	if (interfaces) {
		interfaces->context = context;
		if (parts_add(context->parts, &interfaces_kind, KEY, NAME, interfaces))
			return 0;
	}
	free(interfaces);
	return error_set(error, UV_ENOMEM, "out of memory");
}
