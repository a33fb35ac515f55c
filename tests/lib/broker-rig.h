/*
 * A broker's VMs with all that watches them, without its clients and without processes: the
 * monitors and children are fakes, the control channels and everything behind them are real. Runs
 * on a loop of its own, in a folder that goes with the program.
 */
#ifndef VMSILO_TESTS_BROKER_RIG_H
#define VMSILO_TESTS_BROKER_RIG_H

#include "host-broker/client/events.h"
#include "host-broker/clock/keeper.h"
#include "host-broker/idle/idle.h"
#include "host-broker/idle/why.h"
#include "host-broker/journal/console-log.h"
#include "host-broker/journal/consoles.h"
#include "host-broker/journal/guest-log.h"
#include "host-broker/memory/balancer.h"
#include "host-broker/setup/setup.h"
#include "host-broker/usb/usb.h"
#include "host-broker/vm/vm.h"
#include "proto/host/paths.h"

#define BROKER_RIG_VMS 2 /* "one", which stops when it is idle and has a balloon, and "two" */

struct broker_rig {
	uv_loop_t loop;
	struct vm_environment environment;
	struct vm_watchers watchers;
	struct vsock_gate gate;
	struct journal *journal;
	struct guest_log guest_log;
	struct events *events;
	struct console_log *console_log;
	struct consoles *consoles;
	struct setups *setups;
	struct why *why;
	struct idle *idle;
	struct balancer *balancer;
	struct clock_keeper *clock_keeper;
	struct usb *usb;
	struct vm *vms[BROKER_RIG_VMS]; /* NULL: there are none */
};

/* Makes the folder and reads the configuration, once; before a world begins, since it leaves
 * descriptors open. */
void broker_rig_prepare(void);
const struct paths *broker_rig_paths(void);
void broker_rig_init(struct broker_rig *rig);
/* Where they are wanted; after all else that watches. */
void broker_rig_add_vms(struct broker_rig *rig);
/* Turns the loop for longer than the parts of a VM may take to end, whether they obey or not. */
void broker_rig_settle(struct broker_rig *rig);
/* Everything of it goes; the loop is still the caller's to run out and close. */
void broker_rig_finish(struct broker_rig *rig);

#endif
