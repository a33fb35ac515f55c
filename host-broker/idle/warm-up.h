/*
 * `autostart: paused`: VMs boot one after the other, in nobody's way, and are paused as soon as
 * their agent is there, so that their first command finds them warm.
 *
 *   warm_up_add() --its turn--> STARTING --> up, or failed: the next one's turn
 */
#ifndef VMSILO_BROKER_IDLE_WARM_UP_H
#define VMSILO_BROKER_IDLE_WARM_UP_H

#include "host-broker/vm/launch.h"

struct vm;
struct warm_up;
struct why;

/* Watches the VMs of the environment, which is borrowed for life, as why is. Destroyed after they
 * have ended. */
int warm_up_create(struct vm_environment *environment, struct why *why, struct warm_up **ret);
void warm_up_destroy(struct warm_up *warm_up);
/* One that runs when its turn comes is left alone. */
void warm_up_add(struct warm_up *warm_up, struct vm *vm);

#endif
