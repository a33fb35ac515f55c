/*
 * The guest's network as the broker says it (NETWORK): its cards, and where names are looked up. An
 * agent takes it that takes SETUP for "/" (guest-agent/setup/setup.h).
 */
#ifndef VMSILO_AGENT_NETWORK_NETWORK_H
#define VMSILO_AGENT_NETWORK_NETWORK_H

#include "guest-agent/setup/problems.h"
#include "proto/control.pb-c.h"

/* root: of ETC/resolv.conf. UV_EPROTO for what no broker says, and then nothing is done. */
int network_apply(
	const char *root, const Vmsilo__Control__Network *message, struct problems *problems);

#endif
