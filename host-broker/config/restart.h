/*
 * Two configurations of one VM: what differs, and what of it a running VM can take. Some keys say
 * how a VM is started, and wait for the next start; the others hold at once. Pure.
 */
#ifndef VMSILO_BROKER_CONFIG_RESTART_H
#define VMSILO_BROKER_CONFIG_RESTART_H

#include <stdbool.h>
#include <stddef.h>

#include "host-broker/config/config.h"

struct config_difference {
	const char *restart[CONFIG_KEYS_MAX]; /* keys that wait for the next start */
	size_t restart_count;
	const char *live[CONFIG_KEYS_MAX]; /* keys that hold at once */
	size_t live_count;
};

void vm_config_compare(const struct vm_config *before, const struct vm_config *after,
	struct config_difference *ret);
/* What a VM that was started with ran goes by, now that newest is configured. *ret borrows from
 * both. */
void vm_config_merge(
	const struct vm_config *ran, const struct vm_config *newest, struct vm_config *ret);

#endif
