#include "host-broker/config/schema.h"

#include <stdlib.h>

/* Of one table. The first of a list, which has those of the tables within. */
struct schema {
	struct schema *next;
	cyaml_schema_value_t value;    /* a mapping */
	cyaml_schema_field_t fields[]; /* as many as rows, and the end */
};

static const cyaml_schema_value_t text_value = {
	CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 0, CYAML_UNLIMITED)};

static cyaml_schema_value_t mapping_value(
	enum cyaml_flag flags, const cyaml_schema_field_t *fields, size_t count)
{
	cyaml_schema_value_t value = {CYAML_VALUE_MAPPING(flags, struct key_raw, fields)};

	value.data_size = (uint32_t)(count * sizeof(struct key_raw));
	return value;
}

/* What libcyaml would say of a key that is needed is said by whoever speaks for it. */
static enum cyaml_flag flags_of(const struct key *key, bool is_spoken_for)
{
	return key->needed && !is_spoken_for ? CYAML_FLAG_POINTER
					     : CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL;
}

static cyaml_schema_value_t choice_value(const struct key *key, enum cyaml_flag flags)
{
	const struct key_names *names = key->names;

	flags |= CYAML_FLAG_STRICT;
	if (names->any_case)
		flags |= CYAML_FLAG_CASE_INSENSITIVE;
	return (cyaml_schema_value_t){CYAML_VALUE_ENUM(flags, int, names->items, names->count)};
}

/* within: NULL, or of the row's own table. */
static cyaml_schema_value_t value_of(
	const struct key *key, enum cyaml_flag flags, const struct schema *within)
{
	switch (key->type->form) {
	case KEY_CHOICE:
		return choice_value(key, flags);
	case KEY_TEXTS:
		return (cyaml_schema_value_t){
			CYAML_VALUE_SEQUENCE(flags, char *, &text_value, (uint32_t)key->min,
				CYAML_UNLIMITED)}; /* an empty one is read as no key at all */
	case KEY_MAPPING:
		return mapping_value(flags, within->fields, key->table->count);
	case KEY_MAPPINGS: {
		cyaml_schema_value_t value = {CYAML_VALUE_SEQUENCE(
			flags, struct key_raw, &within->value, 0, CYAML_UNLIMITED)};
		value.data_size = within->value.data_size;
		return value;
	}
	default:
		return (cyaml_schema_value_t){CYAML_VALUE_STRING(flags, char, 0, CYAML_UNLIMITED)};
	}
}

static struct schema *schema_make(
	const struct key_table *table, bool is_spoken_for, struct schema **list);

static bool field_make(
	const struct key *key, size_t index, bool is_spoken_for, struct schema *schema)
{
	bool has_keys = key->type->form == KEY_MAPPING || key->type->form == KEY_MAPPINGS;
	struct schema *within = NULL;

	if (has_keys)
		within = schema_make(key->table, key->within != NULL, &schema->next);
	if (has_keys && !within)
		return false;
	schema->fields[index] = (cyaml_schema_field_t){
		.key = key->name,
		.data_offset = (uint32_t)(index * sizeof(struct key_raw) +
					  offsetof(struct key_raw, value)),
		.count_offset = (uint32_t)(index * sizeof(struct key_raw) +
					   offsetof(struct key_raw, count)),
		.count_size = sizeof(((struct key_raw *)0)->count),
		.value = value_of(key, flags_of(key, is_spoken_for), within),
	};
	return true;
}

/* Puts it, and those within, at the head of the list. */
static struct schema *schema_make(
	const struct key_table *table, bool is_spoken_for, struct schema **list)
{
	struct schema *schema =
		calloc(1, sizeof(*schema) + (table->count + 1) * sizeof(schema->fields[0]));

	if (!schema)
		return NULL;
	schema->next = *list;
	*list = schema;
	schema->value = mapping_value(CYAML_FLAG_DEFAULT, schema->fields, table->count);
	for (size_t i = 0; i < table->count; i++)
		if (!field_make(&table->keys[i], i, is_spoken_for, schema))
			return NULL;
	return schema;
}

struct schema *schema_create(const struct key_table *table)
{
	struct schema *list = NULL;
	struct schema *schema = schema_make(table, false, &list);

	if (schema)
		schema->value.flags = CYAML_FLAG_POINTER;
	else
		schema_destroy(list);
	return schema;
}

void schema_destroy(struct schema *schema)
{
	while (schema) {
		struct schema *next = schema->next;
		free(schema);
		schema = next;
	}
}

const cyaml_schema_value_t *schema_value(const struct schema *schema)
{
	return &schema->value;
}
