/* A disk that is written, as a part of a start: its file is opened, and when it is new, vmsilo-mkfs
 * makes a file system on it. The monitor gets the descriptor, and the lock with it. */
#ifndef VMSILO_BROKER_STORAGE_DISK_H
#define VMSILO_BROKER_STORAGE_DISK_H

#include "host-broker/parts/helper.h"
#include "host-broker/storage/plan.h"
#include "host-broker/vm/launch.h"

/* Borrowed for the part's life. */
struct disk_options {
	const struct vm_environment *environment;
	const struct run_context *context;
	const char *mkfs; /* program */
};

/* UV_ENOMEM. */
int disk_add(const struct disk_options *options, const struct disk_plan *plan);

#endif
