#include <string.h>

#include "host-broker/monitor/qemu.h"

const struct monitor_ops *const monitor_registry[] = {&monitor_qemu, NULL};

const struct monitor_ops *monitor_find(const struct monitor_ops *const *registry, const char *name)
{
	for (; *registry; registry++)
		if (strcmp((*registry)->name, name) == 0)
			return *registry;
	return NULL;
}
