/* What went over a TAP of the host's, as its kernel has counted since the TAP was made. */
#ifndef VMSILO_BROKER_NETWORK_INTERFACES_TRAFFIC_H
#define VMSILO_BROKER_NETWORK_INTERFACES_TRAFFIC_H

#include <stdbool.h>
#include <stdint.h>

/* By the side of the guest: what it sent is what the TAP received. */
struct host_traffic {
	uint64_t sent_packets, sent_bytes, received_packets, received_bytes;
};

/* In the namespace where we are. False: there is no such TAP, or the kernel does not tell. */
bool host_traffic_read(const char *tap, struct host_traffic *ret);
/* One line of /proc/net/dev (proc(5)). False: of another, or none of an interface. */
bool host_traffic_parse(const char *line, const char *tap, struct host_traffic *ret);

#endif
