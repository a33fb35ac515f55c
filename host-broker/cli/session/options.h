/*
 * What may be said of a program that is to run in a VM, as users of ssh and docker exec know it:
 * vm-run's options, and those that vm-shell has as well. Pure.
 */
#ifndef VMSILO_BROKER_CLI_SESSION_OPTIONS_H
#define VMSILO_BROKER_CLI_SESSION_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "host-broker/cli/base/options.h"
#include "proto/base/error.h"
#include "proto/limits.h"

struct run_options {
	bool no_stdin;                     /* -n */
	bool terminal;                     /* -t */
	bool no_terminal;                  /* -T */
	bool detach;                       /* -d */
	bool timing;                       /* --timing */
	const char *user;                  /* "": the configured one; texts are borrowed of argv */
	const char *workdir;               /* "": the user's home */
	const char *service;               /* "": a command, or the login shell */
	const char *env[SESSION_ENVC_MAX]; /* NAME=VALUE or NAME, in their order */
	size_t env_count;
	const char *vm;
	char **command; /* NULL-terminated; empty: the login shell */
};

/* Of an options table whose values begin with struct run_options. */
#define RUN_OPTIONS_COMMON \
	{'u', "user", "USER", "run as this user of the guest", OPTION_SET, 0, run_option_user}, \
		{'w', "workdir", "DIRECTORY", "run in this directory instead of the user's home", \
			OPTION_TEXT, offsetof(struct run_options, workdir), NULL}, \
		{'e', "env", "NAME=VALUE", "set a variable; NAME alone passes your own value", \
			OPTION_SET, 0, run_option_env}, \
	{ \
		'T', NULL, NULL, "no terminal", OPTION_FLAG, \
			offsetof(struct run_options, no_terminal), NULL \
	}

/* For OPTION_SET. UV_EINVAL, UV_E2BIG. */
int run_option_user(void *options, const char *text);
int run_option_env(void *options, const char *text);
int run_option_service(void *options, const char *text);

void run_options_init(struct run_options *options);
/* Takes a VM's name and what follows, which may begin with "--". UV_EINVAL, with a sentence, for
 * what does not go together. */
int run_options_finish(struct run_options *options, char **operands, struct error *error);

#endif
