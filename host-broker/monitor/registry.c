#include <string.h>

#include "host-broker/monitor/qemu.h"

const struct vmm_ops *const vmm_registry[] = {&vmm_qemu, NULL};

const struct vmm_ops *vmm_find(const struct vmm_ops *const *registry, const char *name)
{
	for (; *registry; registry++)
		if (strcmp((*registry)->name, name) == 0)
			return *registry;
	return NULL;
}
