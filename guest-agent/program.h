/*
 * Starts a session's program: user, directory, environment, pipes or terminal, exec.
 *
 * The program leads a session and a process group of its own, so that signals reach what it started
 * as well. Users and groups are read from /etc/passwd and /etc/group: the agent is linked
 * statically, where the C library's name service is not to be had.
 */
#ifndef VMSILO_AGENT_PROGRAM_H
#define VMSILO_AGENT_PROGRAM_H

#include <sys/types.h>

#include "proto/session.pb-c.h"

struct program {
	pid_t pid;
	int stdin_fd;  /* our ends, non-blocking, close-on-exec, the caller's own */
	int stdout_fd; /* with a terminal: its master, and stdin_fd a second descriptor of it */
	int stderr_fd; /* -1 with a terminal */
};

struct program_failure {
	Vmsilo__Session__Failed__Stage stage;
	int error; /* errno */
	char text[256];
};

/* open: checked by open_check(). user: "" for the agent's own. 0, or -1 and the failure. */
int program_start(const Vmsilo__Session__Open *open, const char *user, struct program *ret,
	struct program_failure *failure);

#endif
