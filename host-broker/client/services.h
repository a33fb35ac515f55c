/*
 * What the broker's parts offer to those who answer requests: handed to each client, and by it to
 * the handler of its request. The broker fills it once; what it points to lives as long as the
 * broker.
 */
#ifndef VMSILO_BROKER_CLIENT_SERVICES_H
#define VMSILO_BROKER_CLIENT_SERVICES_H

#include <uv.h>

#include "proto/base/error.h"

struct balancer;
struct consoles;
struct desks;
struct events;
struct guard;
struct idle;
struct journal;
struct reload_report;
struct network;
struct setups;
struct usb;
struct usb_auto;
struct vm_environment;
struct vm_table;
struct why;

struct services {
	uv_loop_t *loop;
	struct guard *guard;
	const struct vm_environment *environment;
	struct vm_table *vms;
	struct journal *journal;
	struct events *events;
	struct consoles *consoles;
	struct desks *desks;
	struct setups *setups;
	struct network *network;
	struct why *why;
	struct idle *idle;
	struct balancer *balancer;
	struct usb *usb;
	struct usb_auto *usb_auto;
	/* Reads the configuration again, aside, and goes by it when it is whole. report: zeroed,
	 * finished by the caller in any case. */
	int (*reload)(void *data, struct reload_report *report, struct error *error);
	void *data;
};

#endif
