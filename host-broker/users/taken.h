/*
 * Whether a number that a VM would run as is somebody else's: a user's or a group's, also in a
 * directory service, one that a user's containers have (/etc/subuid, /etc/subgid), or none at all
 * in the user namespace of a container.
 */
#ifndef VMSILO_BROKER_USERS_TAKEN_H
#define VMSILO_BROKER_USERS_TAKEN_H

#include "host-broker/config/value/uid-range.h"
#include "proto/base/error.h"

/* 0; UV_EEXIST and whose the first of them is that is taken. A range's users are looked for in the
 * machine's lists, and one by one at its ends: a directory service need not list its own. */
int uid_taken_check(const struct uid_range *range, struct error *error);

#endif
