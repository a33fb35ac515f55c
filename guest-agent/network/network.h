/*
 * The guest's network as the broker says it (NETWORK): its cards, and where names are looked up. An
 * agent takes it that takes SETUP for "/" (guest-agent/setup/setup.h).
 */
#ifndef VMSILO_AGENT_NETWORK_NETWORK_H
#define VMSILO_AGENT_NETWORK_NETWORK_H

#include "guest-agent/network/nf-batch.h"
#include "guest-agent/setup/problems.h"
#include "proto/control.pb-c.h"

struct network {
	struct nf_socket rules; /* of a netvm */
};

void network_init(struct network *network);
/* A netvm's rules go. */
void network_finish(struct network *network);
/* root: of /etc/resolv.conf, and of what is written for other programs (unmanaged.h). UV_EPROTO for
 * what no broker says, and then nothing is done. */
int network_apply(struct network *network, const char *root,
	const Vmsilo__Control__Network *message, struct problems *problems);

#endif
