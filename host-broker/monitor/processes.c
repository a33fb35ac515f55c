#include "host-broker/monitor/processes.h"

#include <string.h>
#include <uv.h>

struct process_id monitor_processes_find(const struct monitor_processes *processes, const char *key)
{
	for (size_t i = 0; i < processes->count; i++)
		if (strcmp(processes->items[i].key, key) == 0)
			return processes->items[i].id;
	return (struct process_id){0};
}

int monitor_processes_add(
	struct monitor_processes *processes, const char *key, struct process_id id)
{
	size_t length = strlen(key);

	if (length >= MONITOR_KEY_SIZE || monitor_processes_find(processes, key).pid)
		return UV_EINVAL;
	if (processes->count == MONITOR_PROCESSES_MAX)
		return UV_E2BIG;
	memcpy(processes->items[processes->count].key, key, length + 1);
	processes->items[processes->count++].id = id;
	return 0;
}
