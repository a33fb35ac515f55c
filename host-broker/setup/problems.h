/* What an agent says that it could not do of what it was told: sentences of the guest's. */
#ifndef VMSILO_BROKER_SETUP_PROBLEMS_H
#define VMSILO_BROKER_SETUP_PROBLEMS_H

#include "host-broker/vm/vm.h"
#include "proto/limits.h"

/* Printable. */
struct setup_problems {
	char texts[SETUP_PROBLEMS_MAX][SETUP_PROBLEM_MAX + 1];
	size_t count;
};

/* Replaces them by what the guest says, and tells those that were not there before: in the log, and
 * as notes on the VM. UV_EPROTO for more than an agent may say. */
int setup_problems_take(struct setup_problems *problems, struct vm_watchers *watchers,
	struct vm *vm, char *const *untrusted_texts, size_t untrusted_count);

#endif
