/*
 * No io_uring for a program that meets bytes of a guest or of a stranger: what is done by way of a
 * ring passes no system call filter, and its part of the kernel is a large one. libuv from 1.45 on
 * makes a ring with each loop where the kernel lets it, so that this comes before the first loop.
 *
 * Children inherit it, and with it no_new_privs, unless we have CAP_SYS_ADMIN: under that no setuid
 * program has rights of another. A process that runs a program of the user's choice (sudo, ssh's
 * ProxyCommand) therefore leaves this to the process that meets the guest.
 *
 * Not the protocol: here because programs of several rooms use it.
 */
#ifndef VMSILO_PROTO_HOST_IO_URING_H
#define VMSILO_PROTO_HOST_IO_URING_H

#include "proto/base/error.h"

/* From here on io_uring_setup(2) and its like answer ENOSYS, in this thread and those that it
 * starts, for good. 0 or a negative code. */
int io_uring_deny(struct error *error);

#endif
