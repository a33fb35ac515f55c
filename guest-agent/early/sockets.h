/*
 * The sockets of the system's D-Bus, the user's, and the user's service manager, before there is
 * any: programs may connect, and wait until systemd has started what answers. systemd looks for
 * sockets among the descriptors that it is started with, and gives each to the unit that is to
 * listen at its path (https://0pointer.net/blog/projects/socket-activated-containers.html).
 */
#ifndef VMSILO_AGENT_EARLY_SOCKETS_H
#define VMSILO_AGENT_EARLY_SOCKETS_H

#include <sys/types.h>

#define EARLY_SOCKETS 3

struct early_sockets {
	int fds[EARLY_SOCKETS]; /* live through execve(2); -1: there is none */
};

/* Listens at /run/dbus/system_bus_socket, /run/user/UID/bus and /run/user/UID/systemd/private,
 * makes /run/user/UID as systemd-logind would, and tells systemd to want vmsilo-user-bus@UID.socket
 * and vmsilo-user-manager@UID.socket. What fails is said, and the program that wanted it waits for
 * systemd. */
void early_sockets_listen(struct early_sockets *sockets, uid_t uid);
void early_sockets_close(struct early_sockets *sockets);

#endif
