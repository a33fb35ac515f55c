#include <stddef.h>

#include "host-broker/monitor/qemu/capabilities.h"
#include "host-broker/monitor/registry/registry.h"

const struct known_monitor known_monitors[] = {{"qemu", qemu_capabilities, qemu_devices_most}, {0}};

bool known_monitors_object(const struct vm_config *vm, struct config_objection *ret)
{
	return capability_object(known_monitors, vm, ret);
}
