/*
 * What `vmsilo check` says of the users that VMs of the machine's broker run as. It looks at the
 * machine's users, so it is no part of reading the configuration, which may be another machine's.
 */
#ifndef VMSILO_BROKER_ACCESS_IDENTITY_CHECK_H
#define VMSILO_BROKER_ACCESS_IDENTITY_CHECK_H

#include "host-broker/config/config.h"
#include "proto/base/error.h"

typedef void (*identity_warn_cb)(void *data, const char *text);

/* 0, or what the broker would refuse: a range with somebody's number, a `run_as` that no VM can run
 * as. warn: VMs that share a user, and people who are refused since a VM runs as them. */
int identity_check(
	const struct config *config, identity_warn_cb warn, void *data, struct error *error);

#endif
