/*
 * A VM's journal as the client reads it: the file before and the newest one, and, when it follows,
 * what is added, from file to file.
 */
#ifndef VMSILO_BROKER_CLI_BASE_JOURNAL_READER_H
#define VMSILO_BROKER_CLI_BASE_JOURNAL_READER_H

#include <stdbool.h>

#include "proto/base/error.h"

struct journal_reader {
	/* A read-only descriptor of the file of that age, the caller's, or a negative UV_E*:
	 * UV_ENOENT when there is none. */
	int (*open)(void *data, unsigned int age, int *ret_fd, struct error *error);
	/* A line without its newline. False: nobody reads any more. */
	bool (*on_line)(void *data, const char *line);
	void *data;
	unsigned int last; /* lines, before what is added; 0: all */
	bool follow;
};

/* Returns 0 when all is read, or nobody reads; or a negative UV_E* with a sentence. */
int journal_reader_run(const struct journal_reader *reader, struct error *error);

#endif
