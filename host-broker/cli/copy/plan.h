/*
 * What vm-copy was asked to do, from its words as scp(1) reads them: VM:PATH where a colon comes
 * before the first slash, a local path otherwise (so ./a:b is one). Pure.
 */
#ifndef VMSILO_BROKER_CLI_COPY_PLAN_H
#define VMSILO_BROKER_CLI_COPY_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "proto/base/error.h"
#include "proto/copy/record.h"
#include "proto/limits.h"

struct copy_plan {
	bool to_guest; /* else from it */
	char vm[VM_NAME_MAX + 1];
	const char **sources; /* owned, of borrowed words */
	size_t count;
	const char *destination; /* borrowed, likewise */
};

/* words: the sources, and the destination behind them. Paths in the VM are given without its name,
 * and relative to the user's home: "~/a" becomes "a". */
int copy_plan_make(char **words, size_t count, struct copy_plan *ret, struct error *error);
void copy_plan_finish(struct copy_plan *plan);

/* The name that a thing has, from a path to it: false when the path does not tell (".", "..", "").
 */
bool copy_plan_name(const char *path, char ret[COPY_NAME_MAX + 1]);
/* Whether two of the names are the same: fails with a sentence. */
int copy_plan_check_names(const char *const *names, size_t count, struct error *error);

#endif
