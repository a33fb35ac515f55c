/*
 * The parts of the broker that watch its VMs, and the order in which they hear of them
 * (host-broker/vm/watch.h). A new part is a member here, and one place in watchers_create() and
 * watchers_destroy().
 */
#ifndef VMSILO_BROKER_WATCHERS_H
#define VMSILO_BROKER_WATCHERS_H

#include "host-broker/journal/guest-log.h"
#include "host-broker/network/network.h"
#include "host-broker/vm/launch.h"
#include "host-broker/vm/watch.h"

struct vm_table;

struct watchers_options {
	struct vm_environment *environment; /* borrowed for life, likewise what follows */
	const struct vm_table *vms;         /* none is in it yet */
	const char *net_program;
	const char *usb_server;
	const char *sys;
	/* A VM is in another state, after most others have heard of it. */
	void (*on_state)(void *data);
	void *data;
};

struct watchers {
	struct watchers_options options;
	struct vm_watchers list;
	struct journal *journal;
	struct console_log *console_log;
	struct guest_log guest_log;
	struct events *events;
	struct consoles *consoles;
	struct desks *desks;
	struct setups *setups;
	struct network *network;
	struct network_viewer traffic; /* for `idle` */
	bool counts;                   /* it is awaited */
	struct why *why;
	struct idle *idle;
	struct netvms *netvms;
	struct warm_up *warm_up;
	struct balancer *balancer;
	struct page_out *page_out;
	struct clock_keeper *clock_keeper;
	struct usb *usb;
	struct usb_auto *usb_auto;
	struct vm_watcher last;
};

/* Sets environment->watchers. Destroyed also when it fails. */
int watchers_create(struct watchers *watchers, const struct watchers_options *options);
/* After the VMs have ended; before their memory is free, so that the journal is left. */
void watchers_destroy(struct watchers *watchers);

#endif
