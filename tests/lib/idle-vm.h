/*
 * A VM that lives by the idle policy alone, with a clock of its own that jumps to when the policy
 * wants to be woken.
 */
#ifndef VMSILO_TESTS_IDLE_VM_H
#define VMSILO_TESTS_IDLE_VM_H

#include "host-broker/idle/policy.h"

#define SECOND UINT64_C(1000)
#define MINUTE (60 * SECOND)
#define START (100 * MINUTE)

struct idle_vm {
	struct idle_policy policy;
	struct idle_config config;
	struct idle_facts facts;
	struct idle_verdict verdict;
	uint64_t now;
	unsigned int steps, measures, announces, withdraws, stops, pauses, counts;
	uint64_t bytes; /* that crossed its network */
	bool uncounted; /* nobody tells */
	uint64_t announced_at, stopped_at;
};

/* One that runs, and counts to its end since START. */
struct idle_vm idle_vm_new(uint32_t after_ms);
/* Something is different: what the policy decides is done. */
void idle_vm_step(struct idle_vm *vm);
/* Lets time go on until that moment, waking the policy whenever it wants to be. */
void idle_vm_run(struct idle_vm *vm, uint64_t end);

#endif
