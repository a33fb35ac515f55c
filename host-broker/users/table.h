/*
 * The user number of each VM, kept for ever. A VM that is no longer configured keeps its line,
 * since files of it may be left that nobody else should get. Pure.
 */
#ifndef VMSILO_BROKER_USERS_TABLE_H
#define VMSILO_BROKER_USERS_TABLE_H

#include <sys/types.h>

#include "host-broker/config/value/uid-range.h"
#include "host-broker/users/numbers.h"

#define UID_TABLE_MAX 8192 /* lines: as many as the largest range has */

extern const struct number_rules uid_table_rules;

/* The lowest number from `from` on that no VM has; false: none. */
bool uid_table_free(
	const struct numbers *table, const struct uid_range *range, uid_t from, uid_t *ret);

#endif
