/*
 * What no VM may have a share of: with it a guest could change its own cage, or learn of others.
 *
 *   always           the configuration, the broker's runtime folder, images, kernels, disks,
 * journals, what the kernel makes (/proc, /sys, /dev) unless it is     the programs that the broker
 * runs, its own among them only read
 *
 * A folder is refused that contains one of them, or lies in one.
 */
#ifndef VMSILO_BROKER_SHARES_PROTECTED_H
#define VMSILO_BROKER_SHARES_PROTECTED_H

#include <limits.h>
#include <stdbool.h>

#include "host-broker/config/config.h"
#include "proto/host/paths.h"

/* Where they are. Borrowed. */
struct protected_places {
	const struct paths *paths;
	const char *config_path; /* the main file */
	const struct broker_config *broker;
	const struct vm_config *vms; /* whose files count */
	size_t vms_count;
};

/* The first that a folder meets. */
struct protected_clash {
	char path[PATH_MAX];
	const char *what; /* "the configuration" */
	bool contains;    /* the folder contains it; else it is in it */
};

/* Resolves symbolic links as far as there is something, and leaves the rest. An absolute path. */
void protected_resolve(const char *path, char ret[PATH_MAX]);
/* folder: resolved. */
bool protected_find(const struct protected_places *places, const char *folder, bool read_only,
	struct protected_clash *ret);

#endif
