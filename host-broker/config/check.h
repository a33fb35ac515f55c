/* One VM of the file made into a vm_config: defaults filled in, every value checked. Pure. */
#ifndef VMSILO_BROKER_CONFIG_CHECK_H
#define VMSILO_BROKER_CONFIG_CHECK_H

#include "host-broker/config/schema.h"

struct config_problem {
	const char *key;
	const char *expected; /* what should stand there */
};

/* What libcyaml's own complaint about a key lacks: what was expected. "" for an unknown key. */
const char *config_expected(const char *key);
/* Strings of ret are its own; freed with vm_config_finish(), also after a failure. UV_EINVAL and
 * the problem, or UV_ENOMEM. */
int vm_config_make(
	const struct file_vm *file, struct vm_config *ret, struct config_problem *problem);
void vm_config_finish(struct vm_config *vm);

#endif
