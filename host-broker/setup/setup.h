/*
 * Tells each guest's agent what its guest is to be like (SETUP): before anything is granted, since
 * it hears of an agent before all others that act on VMs (host-broker/watchers.c), and again when
 * the configuration has changed it. What the agent could not do is noted, and kept as long as it
 * holds.
 */
#ifndef VMSILO_BROKER_SETUP_SETUP_H
#define VMSILO_BROKER_SETUP_SETUP_H

#include "host-broker/setup/problems.h"
#include "host-broker/vm/launch.h"
#include "proto/limits.h"

struct setups;

/* Watches the VMs of the environment, which is borrowed for life. Destroyed after they have ended.
 */
int setups_create(struct vm_environment *environment, struct setups **ret);
void setups_destroy(struct setups *setups);
/* Says it again, though nothing of it has changed: what it is about has, as the size of a disk. */
void setups_tell(struct setups *setups, struct vm *vm);
/* Its agent has not answered yet: disks are checked and mounted, and programs wait. */
bool setups_is_busy(const struct setups *setups, const struct vm *vm);
/* What its agent could not do; valid until the loop turns. */
const struct setup_problems *setups_problems(const struct setups *setups, const struct vm *vm);

#endif
