/* The `idle:` of a VM: read, checked, defaults filled in. Pure. */
#ifndef VMSILO_BROKER_CONFIG_IDLE_H
#define VMSILO_BROKER_CONFIG_IDLE_H

#include <cyaml/cyaml.h>

#include "host-broker/config/config.h"

#define IDLE_AFTER_MIN_MS 1000
#define IDLE_CPU_MAX 100000 /* percent: a thousand processors */

/* NULL: the key is not there. */
struct file_idle {
	const char *after, *notify;
	const char *cpu;
	int *tray; /* 1: on */
};

extern const cyaml_schema_field_t config_idle_fields[];

/* file: NULL when there is no `idle:`. On failure UV_EINVAL, and what was expected. */
int config_idle_make(
	const struct file_idle *file, struct idle_config *ret, const char **ret_expected);

#endif
