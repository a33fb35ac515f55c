#include "host-broker/monitor/table.h"

#include <string.h>

const struct monitor_ops *monitor_find(const struct monitor_ops *const *registry, const char *name)
{
	for (; *registry; registry++)
		if (strcmp((*registry)->name, name) == 0)
			return *registry;
	return NULL;
}

bool monitor_binds(const struct monitor_ops *ops)
{
	return ops->control_socket.binder == MONITOR_BINDS_MONITOR ||
	       ops->console_socket.binder == MONITOR_BINDS_MONITOR;
}
