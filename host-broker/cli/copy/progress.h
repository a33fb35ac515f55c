/* How far a copy is, in a line on the user's terminal that is written over and over. */
#ifndef VMSILO_BROKER_CLI_COPY_PROGRESS_H
#define VMSILO_BROKER_CLI_COPY_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/copy/record.h"

struct copy_progress {
	bool shown;       /* stderr is a terminal, and the user did not ask for silence */
	bool drawn;       /* a line stands there, to be wiped */
	uint64_t started; /* nanoseconds, by uv_hrtime() */
};

void copy_progress_init(struct copy_progress *progress, bool quiet);
void copy_progress_show(void *data, const struct copy_counts *counts);
/* Wipes the line, before anything else is said. */
void copy_progress_clear(struct copy_progress *progress);
/* All is there: the last line, which stays. */
void copy_progress_end(struct copy_progress *progress, const struct copy_counts *counts);

/* "3 files, 1 folder, 12.4 MB, 6.2 MB/s, 1 left out"; the receiver's numbers, after so long. Pure.
 */
void copy_progress_format(
	char *out, size_t size, const struct copy_counts *counts, uint64_t nanoseconds);

#endif
