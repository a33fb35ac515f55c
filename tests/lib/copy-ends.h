/* For tests of a copy's two ends: a folder, a child that plays one of them, and what came of it. */
#ifndef VMSILO_TESTS_LIB_COPY_ENDS_H
#define VMSILO_TESTS_LIB_COPY_ENDS_H

#include <sys/types.h>

#include "proto/copy/receive.h"

struct copy_ends {
	int in_fd, out_fd; /* ours */
	pid_t child;
};

struct copy_result {
	int code, sender;
	struct copy_counts counts;
	struct error error;
};

/* Each test begins in an empty folder, with "in" for what is received. */
int copy_set_up(void **state);
int copy_tear_down(void **state);
void copy_shell(const char *command);

struct copy_ends copy_fork_end(
	int (*run)(int in_fd, int out_fd, const void *data), const void *data);
/* Returns the child's exit code. */
int copy_ends_join(const struct copy_ends *ends);

/* Receives from the child into path. */
struct copy_result copy_receive_into(const struct copy_ends *ends, const char *path,
	enum copy_existing existing, const char *const *names, size_t names_count);
void copy_assert_empty(const char *path);
void copy_assert_copied(const struct copy_result *result);
void copy_assert_refused(const struct copy_result *result, int code, const char *said);

#endif
