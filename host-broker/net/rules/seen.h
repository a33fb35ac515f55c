/*
 * Which addresses a VM may reach by a name that its rules have: those that answers to its own
 * questions gave. One stays a day after it was given last, so that flows last longer than an answer
 * does; none stays that the world beyond could not have: a name must not lead into the networks
 * around the host (DNS rebinding). Each address that is new changes the rules, at some cost, and a
 * guest may ask for names in a zone of its own that always answers anew: beyond a rate such answers
 * change nothing. Pure.
 */
#ifndef VMSILO_BROKER_NET_SEEN_H
#define VMSILO_BROKER_NET_SEEN_H

#include "host-broker/net/rules/rules.h"

#define SEEN_CHANGE_MS 200     /* one change in so long, */
#define SEEN_CHANGES_BURST 100 /* and so many at once, of one VM */
#define SEEN_KEPT_MS (UINT64_C(24) * 60 * 60 * 1000)

/* name: in lower case, as the VM asked. True: rules are others now. */
bool seen_add(struct rules_vm *vm, const char *name, const struct net_address *addresses,
	size_t count, uint64_t now_ms);
/* The VM's rules are about to be these: what they still name stays. */
void seen_move(struct rules_vm *vm, const struct net_attachment *next);

#endif
