/*
 * The process that carries what comes to a VM's published ports: in the namespace of VMs, where it
 * can begin what rules let it begin and nothing else; with the host's sockets, which it was given,
 * and can make no others. It looks into nothing that it carries.
 */
#ifndef VMSILO_BROKER_NET_PUBLISH_FORWARDER_H
#define VMSILO_BROKER_NET_PUBLISH_FORWARDER_H

#include "host-broker/net/publish/want.h"

struct forwarder_options {
	const struct publish_want *want;
	const int *sockets;                    /* one for each of want's ports */
	int knock_fd;                          /* gets a byte when somebody waits for the guest */
	int user_namespace, network_namespace; /* to go to; user -1: it is there */
};

/* The rest of this process. Returns an exit code. */
int forwarder_run(const struct forwarder_options *options);

#endif
