/* A home that is configured larger becomes larger while its VM runs: the monitor makes the disk
 * larger, and the guest's agent the file system on it, when it is told (host-broker/setup/). */
#ifndef VMSILO_BROKER_STORAGE_GROW_H
#define VMSILO_BROKER_STORAGE_GROW_H

#include "host-broker/vm/launch.h"

struct grow;

/* Adds a watcher to environment->watchers. Destroyed also when it fails, if *ret is set. */
int grow_create(const struct vm_environment *environment, struct grow **ret);
void grow_destroy(struct grow *grow);

#endif
