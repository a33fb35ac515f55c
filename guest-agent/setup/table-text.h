/* The text of passwd(5), group(5) and shadow(5): a record a line, fields between colons. Pure. */
#ifndef VMSILO_AGENT_SETUP_TABLE_TEXT_H
#define VMSILO_AGENT_SETUP_TABLE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#define TABLE_LINE_MAX 4096 /* bytes of a record that is made */

/* The first record whose field (from 0) is value, in text; NULL. */
const char *table_find(const char *text, unsigned int field, const char *value);
/* A field of a record; "" when it has none, or a longer one. */
void table_field(const char *record, unsigned int field, char *out, size_t size);
/* A record with another value in one field. False: it would be too long. */
bool table_change(
	const char *record, unsigned int field, const char *value, char out[TABLE_LINE_MAX]);
/* The text with line in the place of record, which is in it, or behind all (NULL). The caller's;
 * NULL: memory is short. */
char *table_put(const char *text, const char *record, const char *line);
/* Whether name is among the names, separated by commas, of a record's last field. */
bool table_lists(const char *record, unsigned int field, const char *name);

#endif
