/*
 * The user number of each VM, kept for ever: text of one line a VM, "NAME NUMBER"; what begins with
 * '#' is a comment. A VM that is no longer configured keeps its line, since files of it may be left
 * that nobody else should get. Pure.
 */
#ifndef VMSILO_BROKER_USERS_TABLE_H
#define VMSILO_BROKER_USERS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "host-broker/config/value/uid-range.h"
#include "proto/limits.h"

#define UID_TABLE_MAX 8192 /* lines: as many as the largest range has */

struct uid_entry {
	char name[VM_NAME_MAX + 1];
	uid_t uid;
};

struct uid_table {
	struct uid_entry *entries;
	size_t count;
};

/* Into an empty table. UV_EINVAL, with the number of the line (from 1), for anything else,
 * or names a VM or a number twice; UV_ENOMEM. */
int uid_table_parse(struct uid_table *table, const char *text, unsigned int *ret_line);
/* The caller's to free; NULL: out of memory. */
char *uid_table_print(const struct uid_table *table);
void uid_table_finish(struct uid_table *table);

/* NULL: none. */
const struct uid_entry *uid_table_find(const struct uid_table *table, const char *name);
const struct uid_entry *uid_table_find_uid(const struct uid_table *table, uid_t uid);
/* Neither is there yet. UV_ENOMEM; UV_ENOSPC. */
int uid_table_add(struct uid_table *table, const char *name, uid_t uid);
/* The lowest number from `from` on that no VM has; false: none. */
bool uid_table_free(
	const struct uid_table *table, const struct uid_range *range, uid_t from, uid_t *ret);

#endif
