/*
 * VMs' DNS: a process in the host's network, which has sockets of the namespace and asks the host's
 * resolvers, also one on its loopback, whichever they are at the time. It carries a guest's bytes,
 * and looks at none of them but at the addresses in answers. By TCP it looks at nothing.
 */
#ifndef VMSILO_BROKER_NET_DNS_RELAY_H
#define VMSILO_BROKER_NET_DNS_RELAY_H

#include <stdbool.h>

#define RELAY_SOCKETS 4 /* UDP and TCP, of each family */
#define RELAY_PATH "/etc/resolv.conf"

/* In the network namespace where we are now: bound at all addresses. 0 or a negative UV_E*; of a
 * family that the kernel has not there is -1. */
int relay_sockets_open(int ret[RELAY_SOCKETS]);
/* The rest of this process. seen_fd: a socket for what is in seen.h; ipv6: that leads from VMs
 * where it leads from the host. Returns an exit code. */
int relay_run(const int sockets[RELAY_SOCKETS], int seen_fd, bool ipv6);

#endif
