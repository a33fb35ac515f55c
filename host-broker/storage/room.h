/*
 * VMs that stand still since there is no room on the host for what they write: people are told, and
 * when there is room they go on, with nothing lost. Looked for only while there are such.
 *
 *   runs --VM_CHANGE_STALLED--> stands still --there is room: vm_unstall()--> runs
 */
#ifndef VMSILO_BROKER_STORAGE_ROOM_H
#define VMSILO_BROKER_STORAGE_ROOM_H

#include "host-broker/vm/launch.h"

#define ROOM_LOOK_MS 2000
#define ROOM_MIN (UINT64_C(16) << 20) /* bytes that are free before a VM goes on */
/* One that stops again so soon is not told of again: where room comes and goes. */
#define ROOM_QUIET_MS 60000

struct room;

/* Adds a watcher to environment->watchers. */
int room_create(const struct vm_environment *environment, struct room **ret);
void room_destroy(struct room *room);

#endif
