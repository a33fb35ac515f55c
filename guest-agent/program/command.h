/*
 * What an OPEN asks to be run, as a file and its argument vector:
 *
 *   command      argv[0] is looked up in PATH
 *   login shell  the account's shell, told so by a '-' before its name, as login(1) does
 *   service      the file of that name in the directory of services, run directly, no shell
 *                between; else a built-in one (builtin.h), unless only files may be run
 */
#ifndef VMSILO_AGENT_PROGRAM_COMMAND_H
#define VMSILO_AGENT_PROGRAM_COMMAND_H

#include <limits.h>
#include <stdbool.h>

#include "guest-agent/program/account.h"
#include "guest-agent/program/strings.h"
#include "proto/session.pb-c.h"

struct command {
	char file[PATH_MAX]; /* "": argv[0] in PATH */
	struct strings argv;
	bool builtin;      /* the file is the agent's own program */
	char subject[320]; /* what failed when it does not start */
};

/* services: the directory. services_only: no built-in service either. 0; UV_ENOENT: there is no
 * such service, and subject names it; UV_ENAMETOOLONG, UV_ENOMEM. */
int command_make(const Vmsilo__Session__Open *open, const struct account *account,
	const char *services, bool services_only, struct command *ret);
void command_finish(struct command *command);

#endif
