/* The `access:` of a VM: read and checked. Pure. */
#ifndef VMSILO_BROKER_CONFIG_ACCESS_H
#define VMSILO_BROKER_CONFIG_ACCESS_H

#include <cyaml/cyaml.h>

#include "host-broker/config/config.h"

#define ACCESS_NAMES_MAX 256 /* of each list: each is looked up for a request of a stranger */

struct file_access {
	char **users, **groups, **managers, **manager_groups;
	unsigned int users_count, groups_count, managers_count, manager_groups_count;
};

extern const cyaml_schema_field_t config_access_fields[];

/* file: NULL when there is no `access:`. UV_EINVAL and what was expected, or UV_ENOMEM; what ret
 * has is freed with config_access_finish(), also after a failure. */
int config_access_make(
	const struct file_access *file, struct access_config *ret, const char **ret_expected);
void config_access_finish(struct access_config *access);

#endif
