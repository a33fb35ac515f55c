#include "host-broker/monitor/qemu/capabilities.h"

#include <string.h>

/* microvm has no PCI bus, and with it neither the host's devices nor ivshmem. None has hot-plug:
 * q35's root complex takes no device later, and there are no ports below it. */
unsigned int qemu_capabilities(const char *machine)
{
	unsigned int any = CAPABILITY_BALLOON | CAPABILITY_CONSOLE | CAPABILITY_VHOST_USER |
			   CAPABILITY_PAUSE | CAPABILITY_DISKS | CAPABILITY_NICS;

	return strcmp(machine, "q35") == 0 ? any | CAPABILITY_SHARED_REGION | CAPABILITY_PCI : any;
}

unsigned int qemu_devices_most(const char *machine, enum capability kind)
{
	bool microvm = strcmp(machine, "microvm") == 0;

	if (kind == CAPABILITY_DISKS)
		return microvm ? MICROVM_DISKS : Q35_DISKS;
	if (kind == CAPABILITY_NICS)
		return microvm ? MICROVM_NICS : Q35_NICS;
	return microvm ? MICROVM_SHARES : Q35_SHARES;
}
