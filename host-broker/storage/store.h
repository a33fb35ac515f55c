/* The folder of what a VM keeps, VMS/VM/: 0700, the broker's own. A VM's processes get descriptors
 * of what is in it, and no path. */
#ifndef VMSILO_BROKER_STORAGE_STORE_H
#define VMSILO_BROKER_STORAGE_STORE_H

#include <stddef.h>

#include "proto/base/error.h"
#include "proto/host/paths.h"

#define STORE_PATH_SIZE 4352

/* VMS/VM/NAME; name "": the folder. */
int store_path(
	const struct paths *paths, const char *vm, const char *name, char ret[STORE_PATH_SIZE]);
/* Makes and opens it. Refuses one that another user owns, or can write to. Returns a descriptor of
 * the caller's, or negative. */
int store_open(const struct paths *paths, const char *vm, struct error *error);

#endif
