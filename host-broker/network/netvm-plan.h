/*
 * Which netvms have to be started for the VMs that go through them, and in which order: the one
 * that is nearest to the host first. Pure.
 */
#ifndef VMSILO_BROKER_NETWORK_NETVM_PLAN_H
#define VMSILO_BROKER_NETWORK_NETVM_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#define NETVM_NONE ((size_t)-1)

struct netvm_view {
	size_t netvm; /* the place of the one that it goes through; NETVM_NONE */
	bool uses;    /* it runs, or is about to */
	bool rests;   /* it does not run, or is paused */
	bool may_start;
	bool planned; /* the plan's own */
};

/* ret has room for count places. Returns how many are to be started. One that may not be is left
 * out, and so are those that only it would need; a circle ends where it began. */
size_t netvm_plan(struct netvm_view *views, size_t count, size_t *ret);

#endif
