/*
 * The sockets of the system's D-Bus and the user's, before there is either: programs may connect,
 * and wait until systemd has started what answers. systemd looks for sockets among the descriptors
 * that it is started with, and gives each to the unit that is to listen at its path
 * (https://0pointer.net/blog/projects/socket-activated-containers.html).
 */
#ifndef VMSILO_AGENT_EARLY_SOCKETS_H
#define VMSILO_AGENT_EARLY_SOCKETS_H

#include <sys/types.h>

#define EARLY_SOCKETS 2

struct early_sockets {
	int fds[EARLY_SOCKETS]; /* live through execve(2); -1: there is none */
};

/* Listens at /run/dbus/system_bus_socket and /run/user/UID/bus, makes the folder of the latter as
 * systemd-logind would, and tells systemd to want vmsilo-user-bus@UID.socket. What fails is said,
 * and the program that wanted it waits for systemd. */
void early_sockets_listen(struct early_sockets *sockets, uid_t uid);
void early_sockets_close(struct early_sockets *sockets);

#endif
