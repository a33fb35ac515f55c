/*
 * Why each VM is as it is: how its last run ended, beside what keeps the present one (idle.h).
 *
 * Code that stops a VM, or refuses its start, notes the reason first; an end without a note tells
 * from the states itself what it was.
 */
#ifndef VMSILO_BROKER_IDLE_WHY_H
#define VMSILO_BROKER_IDLE_WHY_H

#include "host-broker/idle/reason.h"
#include "host-broker/vm/launch.h"
#include "host-broker/vm/vm.h"

struct why;

int why_create(struct vm_environment *environment, struct why **ret);
void why_destroy(struct why *why);
/* The VM's coming end, or the failure of its start, has this reason. Of several the first counts.
 */
void why_note(struct why *why, struct vm *vm, const struct reason *reason);
/* It is about to be paused, for this reason: REASON_PAUSED. The last counts. */
void why_note_pause(struct why *why, struct vm *vm, const struct reason *reason);
/* What keeps one that runs, idle.h knows. */
void why_reasons(struct why *why, struct vm *vm, struct reasons *ret);

#endif
