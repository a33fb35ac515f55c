/*
 * One run of a VM: its monitor, its control channel, and what is on disk for the next broker. A VM
 * has none while it is stopped or failed.
 */
#ifndef VMSILO_BROKER_VM_RUN_H
#define VMSILO_BROKER_VM_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "host-broker/control/control.h"
#include "host-broker/vm/launch.h"

struct run {
	struct monitor *monitor; /* NULL: none; likewise below */
	struct control *control;
	struct endpoint vsock; /* where its guest is */
	bool drops;            /* its processes have an identity of their own: */
	struct identity identity;
	bool kvm;
	bool emulated;            /* a guest's processor, in software */
	bool adopted;             /* started by an earlier broker */
	uint64_t started_ms;      /* Unix time, for people */
	uint64_t started_boot_ms; /* boot_now_ms() */
	uint64_t guest_bytes;     /* the guest's memory without the balloon; 0: not known */
};

/* The receivers of events of monitor and agent; must outlive the run. */
struct run_callbacks {
	const struct monitor_callbacks *monitor;
	const struct control_callbacks *control;
	void *data;
};

/* Starts the monitor. On failure run_end() cleans up. */
int run_start(struct run *run, const struct vm_environment *environment,
	const struct vm_config *config, const struct run_callbacks *callbacks, struct error *error);
/* Writes down what a later broker needs to find it again. */
int run_record(const struct run *run, const struct vm_environment *environment,
	const struct vm_config *config, struct error *error);
/* Finds the monitor that an earlier broker started: UV_ENOENT when there is none that runs. The
 * channel for its agent is opened by run_listen(). */
int run_adopt(struct run *run, const struct vm_environment *environment,
	const struct vm_config *config, const struct run_callbacks *callbacks);
/* run->vsock is known. */
int run_listen(struct run *run, const struct vm_environment *environment,
	const struct vm_config *config, const struct run_callbacks *callbacks, struct error *error);
/* Lets go of monitor and agent; processes that run are left running, and found again. */
void run_leave(struct run *run);
/* The same, and nothing of the run stays on disk. */
void run_end(
	struct run *run, const struct vm_environment *environment, const struct vm_config *config);

#endif
