/*
 * Keeps others in the guest from setting our cards up: systemd-networkd would remove addresses that
 * are not its own, NetworkManager ask for some by DHCP where there are none. Each is told by a file
 * below /run, which it reads when it starts:
 *
 *   systemd-networkd   run/systemd/network/00-vmsilo.network   systemd.network(5)
 *   NetworkManager     run/NetworkManager/conf.d/00-vmsilo.conf   NetworkManager.conf(5)
 *
 * Cards that are not of NETWORK, as those of `interfaces`, are theirs. A guest without systemd has
 * neither.
 */
#ifndef VMSILO_AGENT_NETWORK_UNMANAGED_H
#define VMSILO_AGENT_NETWORK_UNMANAGED_H

#include "guest-agent/setup/problems.h"
#include "proto/control.pb-c.h"

/* For the cards of a message that is right. */
void unmanaged_write(
	const char *root, const Vmsilo__Control__Network *message, struct problems *problems);

#endif
