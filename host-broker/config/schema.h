/* A table of keys as libcyaml's schema. Pure. */
#ifndef VMSILO_BROKER_CONFIG_SCHEMA_H
#define VMSILO_BROKER_CONFIG_SCHEMA_H

#include "host-broker/config/keys.h"

struct schema;

/* NULL when memory is short; schema_destroy(). */
struct schema *schema_create(const struct key_table *table);
void schema_destroy(struct schema *schema);
/* For cyaml_load_data(): what is loaded is one struct key_raw for each row of the table, to be
 * freed by cyaml_free(). As long as schema lives. */
const cyaml_schema_value_t *schema_value(const struct schema *schema);

#endif
