/*
 * What the device may still do once it meets the guest: read and write what it holds, take local
 * peers, and connect to the sockets in one folder. Everything else is given up, in this order:
 * namespaces (user, mount, network, IPC) with that folder as the root, capabilities, further
 * privileges (no_new_privs), resource limits, system calls (seccomp; another one kills the
 * process).
 */
#ifndef VMSILO_VSOCK_DEVICE_SANDBOX_H
#define VMSILO_VSOCK_DEVICE_SANDBOX_H

#include <stdbool.h>

#include "proto/error.h"

struct sandbox_options {
	const char *name;      /* the VM's, for the log */
	const char *directory; /* becomes the root */
	bool required;         /* fail where something cannot be given up; else say so and go on */
};

/* *ret_rooted: directory is the root now; false only where it is not required. */
int sandbox_enter(const struct sandbox_options *options, bool *ret_rooted, struct error *error);

#endif
