/*
 * VMs that others go through: started before those, in use as long as one of them runs, and started
 * again when they fail meanwhile. What a start waits for is in part-netvm.c; here is what holds
 * after it, and whatever changes: a reload, a pause, an end, another broker.
 *
 *   a client runs        its netvm has a hold (idle.h) by it, and is started, or runs on
 *   it is paused, or off no hold: the netvm may be paused, or stop as idle
 *   the netvm failed     it is started again, after a while that doubles
 *   somebody stopped it  it stays so until another client starts
 */
#ifndef VMSILO_BROKER_NETWORK_NETVMS_H
#define VMSILO_BROKER_NETWORK_NETVMS_H

#include <stddef.h>

#include "host-broker/idle/idle.h"
#include "host-broker/vm/launch.h"

#define NETVM_RETRY_FIRST_MS 1000 /* after a start that failed; doubles, */
#define NETVM_RETRY_DOUBLINGS 6   /* so often */

struct netvms;
struct vm_table;

struct netvms_options {
	struct vm_environment *environment; /* borrowed for life, likewise below */
	const struct vm_table *vms;
	struct idle *idle;
};

/* Watches the VMs of the environment, after idle does. */
int netvms_create(const struct netvms_options *options, struct netvms **ret);
/* After the VMs have ended. */
void netvms_destroy(struct netvms *netvms);

/* The netvm of a VM, as it is configured; NULL: it has none. */
struct vm *netvms_of(const struct vm_table *vms, const struct vm *vm);
/* The clients of a netvm that are not off, one after the other: *at is 0 for the first. NULL: no
 * more. */
const struct vm *netvms_client(const struct vm_table *vms, const struct vm *netvm, size_t *at);

#endif
