/* Why a VM is as it is, all that is known: what keeps it (idle.h), how it came there (why.h). */
#ifndef VMSILO_BROKER_IDLE_EXPLAIN_H
#define VMSILO_BROKER_IDLE_EXPLAIN_H

#include "host-broker/idle/idle.h"
#include "host-broker/idle/why.h"

void vm_explain(struct why *why, struct idle *idle, struct vm *vm, struct reasons *ret);

#endif
