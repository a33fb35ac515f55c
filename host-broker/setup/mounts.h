/*
 * What the guest's agent mounts, as the configuration says it: the home, disks, shares. The one
 * place where such an entry is made. Order counts: what lies in another comes after it.
 */
#ifndef VMSILO_BROKER_SETUP_MOUNTS_H
#define VMSILO_BROKER_SETUP_MOUNTS_H

#include "host-broker/config/config.h"
#include "proto/control.pb-c.h"
#include "proto/limits.h"

#define MOUNT_SOURCE_SIZE 24 /* a disk's serial has at most 20 bytes */

struct setup_mounts {
	Vmsilo__Control__Mount *list[SETUP_MOUNTS_MAX]; /* of entries */
	Vmsilo__Control__Mount entries[SETUP_MOUNTS_MAX];
	char sources[SETUP_MOUNTS_MAX][MOUNT_SOURCE_SIZE];
	size_t count;
};

/* Of a VM that goes by this configuration; borrows from it. has_home: it was started with a home.
 * ret must not be moved. */
void setup_mounts_make(const struct vm_config *vm, bool has_home, struct setup_mounts *ret);

#endif
