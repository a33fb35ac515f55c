#include "host-broker/network/interfaces/traffic.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/cleanup.h"

/* "  tap7: bytes packets errs drop fifo frame compressed multicast", and those sent, which begin
 * with the same two. */
bool host_traffic_parse(const char *line, const char *tap, struct host_traffic *ret)
{
	size_t length = strlen(tap);

	line += strspn(line, " ");
	if (strncmp(line, tap, length) != 0 || line[length] != ':')
		return false;
	return sscanf(line + length + 1,
		       "%" SCNu64 " %" SCNu64 " %*s %*s %*s %*s %*s %*s %" SCNu64 " %" SCNu64,
		       &ret->sent_bytes, &ret->sent_packets, &ret->received_bytes,
		       &ret->received_packets) == 4;
}

bool host_traffic_read(const char *tap, struct host_traffic *ret)
{
	_cleanup_free_ char *line = NULL;
	size_t size = 0;
	bool found = false;
	/* /sys would be of the namespace where it was mounted. */
	FILE *file = fopen("/proc/net/dev", "re");

	while (file && !found && getline(&line, &size, file) >= 0)
		found = host_traffic_parse(line, tap, ret);
	if (file)
		fclose(file);
	return found;
}
