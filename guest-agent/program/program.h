/*
 * Starts a session's program: user, directory, environment, pipes or terminal, exec.
 *
 * The program leads a session and a process group of its own, so that signals reach what it started
 * as well. Users and groups are read from /etc/passwd and /etc/group: the agent is linked
 * statically, where the C library's name service is not to be had.
 */
#ifndef VMSILO_AGENT_PROGRAM_PROGRAM_H
#define VMSILO_AGENT_PROGRAM_PROGRAM_H

#include <stdbool.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "guest-agent/program/cgroup.h"
#include "guest-agent/program/strings.h"
#include "proto/session.pb-c.h"

struct program {
	pid_t pid;
	int stdin_fd;  /* our ends, close-on-exec, the caller's own */
	int stdout_fd; /* with a terminal: its master, and stdin_fd a second descriptor of it */
	int stderr_fd; /* -1 with a terminal */
		       /* Detached, all that it prints comes on stdout_fd, and the others are -1. */
};

/* What the broker allows. */
struct program_terms {
	const char *user;     /* "" for the agent's own */
	const char *services; /* the directory of services */
	struct rlimit files_limit;
	const char *locale; /* its LANG; "": none, likewise TZ */
	const char *time_zone;
	struct cgroups *cgroups;       /* where the program gets one */
	const char *pam_session;       /* see pam-session.h; NULL: without PAM */
	const struct strings *display; /* variables of a display; NULL: none */
	bool services_only; /* no built-in service either; that no command is asked for has been
			       checked */
};

struct program_failure {
	Vmsilo__Session__Failed__Stage stage;
	int error; /* errno */
	char text[384];
};

/* What the log calls it: the last part of argv[0], or the service. */
void program_name(const Vmsilo__Session__Open *open, char *out, size_t size);
/* open: checked by open_check(). 0, or -1 and the failure. */
int program_start(const Vmsilo__Session__Open *open, const struct program_terms *terms,
	struct program *ret, struct program_failure *failure);

#endif
