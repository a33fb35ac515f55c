/*
 * The half of vmsilo-net that stays in the host's network: it starts the other half, makes the way
 * out for it, and takes it away again. It reads nothing that a guest sends.
 *
 *   broker --> outside ------- the DNS relay, pasta or vmsilo0
 *                 |  `-- forwarders           |    (publish/)
 *                 `-- inside (program.c)      |
 *                       the namespace: TAPs, rules, "out"
 */
#ifndef VMSILO_BROKER_NET_OUTSIDE_H
#define VMSILO_BROKER_NET_OUTSIDE_H

#include <stdbool.h>
#include <sys/types.h>

#include "host-broker/net/dns/relay.h"
#include "host-broker/net/publish/want.h"
#include "proto/base/error.h"

struct outside_options {
	bool veth;         /* as root; else by pasta */
	const char *pasta; /* program */
};

/* What goes with the first packet from inside: the sockets of the DNS relay, and the namespaces. */
enum outside_fd {
	OUTSIDE_USER_NAMESPACE = RELAY_SOCKETS, /* not as root */
	OUTSIDE_NETWORK_NAMESPACE,
	OUTSIDE_SEEN, /* the relay's end of a socket to inside */
	OUTSIDE_FDS,
};
/* That, and the answer; each one packet. */
struct outside_hello {
	pid_t self, anchor;
	bool has[OUTSIDE_FDS];
};
struct outside_ready {
	bool done; /* the interface of the way out is there, or comes by itself */
	bool ipv6;
};
/* From inside, later. */
struct outside_want {
	enum { OUTSIDE_HOST_PORTS, OUTSIDE_PUBLISH } kind;
	bool host_ports; /* VMs may reach some of the host's, by way of its address */
	struct publish_want publish;
};
/* From outside: the answer to OUTSIDE_PUBLISH; and at any time that somebody asks for a VM. */
struct outside_told {
	enum { OUTSIDE_PUBLISHED, OUTSIDE_KNOCK } kind;
	size_t place;       /* the VM's */
	struct error error; /* of OUTSIDE_PUBLISHED */
};

/* The rest of this process: until the other half, which is a child of ours and has the other end of
 * the socket, has ended. Returns an exit code. */
int outside_run(const struct outside_options *options, pid_t child, int socket);
/* From inside. 0 or UV_EPIPE. */
int outside_ask(
	int fd, struct outside_hello *hello, const int fds[OUTSIDE_FDS], struct outside_ready *ret);
/* In a PID namespace of our own: whatever runs in it ends with us, and /proc shows it. */
int outside_prepare(struct error *error);

#endif
