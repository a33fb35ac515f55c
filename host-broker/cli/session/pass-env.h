/* The environment that a program is given by the client: what the configuration passes through, and
 * what was named on the command line. Pure. */
#ifndef VMSILO_BROKER_CLI_SESSION_PASS_ENV_H
#define VMSILO_BROKER_CLI_SESSION_PASS_ENV_H

#include <stddef.h>

#include "proto/limits.h"

struct pass_env {
	const char *items[SESSION_ENVC_MAX]; /* NAME=VALUE, borrowed of what was given; no name
						twice */
	size_t count;
};

/* patterns: NAME, or NAME* for any that begins so; environment: NULL-terminated, the client's own.
 * UV_E2BIG beyond SESSION_ENVC_MAX, here and below. */
int pass_env_match(struct pass_env *env, char *const *patterns, size_t patterns_count,
	char *const *environment);
/* text: NAME=VALUE, or NAME, which is taken of environment if it is there. Replaces what is set
 * already. */
int pass_env_set(struct pass_env *env, const char *text, char *const *environment);

#endif
