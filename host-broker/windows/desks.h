/*
 * Whose desktop has a VM's windows: one user's at a time. A seat is a user's, from when he asks for
 * the windows' stream until whoever asked for him is gone, or another takes it.
 *
 *   FREE --desk_take()--> TAKEN --desk_leave()--> FREE
 *                           `--another user's with `take`, or the same user's: on_lost, and TAKEN
 */
#ifndef VMSILO_BROKER_WINDOWS_DESKS_H
#define VMSILO_BROKER_WINDOWS_DESKS_H

#include <stdbool.h>
#include <sys/types.h>

#include "host-broker/vm/launch.h"
#include "host-broker/vm/vm.h"

struct desks;
struct desk_seat;

struct desk_asks {
	uid_t uid;
	bool take; /* also from another user */
	/* Another has it, or the VM is not there any more: to is his uid, or -1. The seat is freed
	 * by then. */
	void (*on_lost)(void *data, uid_t to);
	void *data;
};

/* Watches the VMs of the environment, which is borrowed for life. Destroyed after they have ended.
 */
int desks_create(struct vm_environment *environment, struct desks **ret);
void desks_destroy(struct desks *desks);

/* UV_EBUSY when another user has it. From inside, the one who had it loses it. */
int desk_take(
	struct desks *desks, struct vm *vm, const struct desk_asks *asks, struct desk_seat **ret);
void desk_leave(struct desk_seat *seat);
/* Whether somebody has it, and who. */
bool desk_user(const struct desks *desks, const struct vm *vm, uid_t *ret);

#endif
