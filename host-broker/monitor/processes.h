/* What runs for a VM, to find it again: the monitor itself, and those beside it. */
#ifndef VMSILO_BROKER_MONITOR_PROCESSES_H
#define VMSILO_BROKER_MONITOR_PROCESSES_H

#include "host-broker/system/process.h"

#define MONITOR_KEY "monitor"
#define MONITOR_KEY_SIZE 32
#define MONITOR_PROCESSES_MAX 17 /* itself, and MONITOR_HELPERS_MAX */

struct monitor_processes {
	struct {
		char key[MONITOR_KEY_SIZE]; /* MONITOR_KEY, "vsock_device" ...: lasts */
		struct process_id id;
	} items[MONITOR_PROCESSES_MAX];
	size_t count;
};

/* UV_E2BIG; UV_EINVAL when the key is too long, or there already. */
int monitor_processes_add(
	struct monitor_processes *processes, const char *key, struct process_id id);
/* pid 0 when there is none. */
struct process_id monitor_processes_find(
	const struct monitor_processes *processes, const char *key);

#endif
