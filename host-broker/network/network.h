/*
 * The networks of VMs: which each has by the configuration and the addresses that were allotted,
 * told to vmsilo-net and to the guest's agent, when it comes and when the configuration is another.
 *
 *   a start         part.c -> network_attachment() -> net_link_set(), and TAPs for the monitor
 *   its agent       NETWORK, whose problems are kept and noted
 *   a reload        net_link_set(), then NETWORK
 */
#ifndef VMSILO_BROKER_NETWORK_NETWORK_H
#define VMSILO_BROKER_NETWORK_NETWORK_H

#include <sys/queue.h>

#include "host-broker/network/attach.h"
#include "host-broker/network/link.h"
#include "host-broker/setup/problems.h"
#include "host-broker/vm/launch.h"

struct network;
struct vm_table;

struct network_options {
	struct vm_environment *environment; /* borrowed for life, likewise below */
	const struct vm_table *vms;
	const char *net_program; /* vmsilo-net */
};

/* Watches the VMs of the environment. */
int network_create(const struct network_options *options, struct network **ret);
/* After the VMs have ended. */
void network_destroy(struct network *network);
struct net_link *network_link(const struct network *network);
const struct vm_table *network_vms(const struct network *network);
/* All VMs of an earlier broker have been found: what vmsilo-net has of others is removed. */
void network_adopted(struct network *network);

/* That of a VM that is about to start; zero: it has none. Its addresses are allotted now, if they
 * were not. A sentence when they cannot be. */
int network_attachment(struct network *network, const struct vm_config *vm,
	struct net_attachment *ret, struct error *error);

/* Where VMs' addresses are from. */
void network_ranges(const struct network *network, struct net_ranges *ret);

/* A VM has this now: its part says so. */
void network_started(struct network *network, const struct net_attachment *attachment);

/* Waits until a VM's agent has done what it was last told of its network, or the VM has ended. */
struct network_settler {
	TAILQ_ENTRY(network_settler) link; /* in network.settlers, until on_settled or cancel */
	const struct vm *vm;
	void (*on_settled)(void *data);
	void *data;
};
/* May call back at once. */
void network_settle(struct network *network, struct network_settler *settler);
void network_settle_cancel(struct network *network, struct network_settler *settler);

/* Of a VM's guest, since it was started. */
struct net_counters {
	uint64_t sent_packets, sent_bytes, received_packets, received_bytes;
	uint64_t refused_packets; /* what it may not reach */
	uint64_t spoofed_packets; /* from an address that is not its own */
};

/* Asks vmsilo-net, and calls back when it has told, or cannot. */
struct network_viewer {
	/* In network.viewers, from network_count() until on_counted or network_count_cancel() */
	TAILQ_ENTRY(network_viewer) link;
	void (*on_counted)(void *data);
	void *data;
};
/* From the loop, or at once. */
void network_count(struct network *network, struct network_viewer *viewer);
void network_count_cancel(struct network *network, struct network_viewer *viewer);
/* As they were counted last; NULL: not yet. */
const struct net_counters *network_counters(const struct network *network, const struct vm *vm);

/* What a VM that runs has now; NULL: no network card. */
const struct net_attachment *network_current(const struct network *network, const struct vm *vm);
const struct setup_problems *network_problems(const struct network *network, const struct vm *vm);

#endif
