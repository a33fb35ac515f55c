/*
 * Programs of the guest's user are executed by vmsilo-pam-session, which opens a session with PAM
 * first. What can be wrong with the command is found before that, with the user's rights, so that
 * it is told as it is without PAM.
 *
 * The helper is root, so that it has no variable of the program's environment as its own: a client
 * that may be the user alone says what is in that (LD_PRELOAD). It reads it from a descriptor.
 */
#ifndef VMSILO_AGENT_PROGRAM_PAM_SESSION_H
#define VMSILO_AGENT_PROGRAM_PAM_SESSION_H

#include <limits.h>
#include <stdbool.h>

#include "guest-agent/program/account.h"
#include "guest-agent/program/command.h"

struct pam_session {
	const char *helper; /* NULL: the program runs without */
	struct strings argv;
	int environment_fd;
	char defaults[16];   /* how many variables are ours, not the client's */
	char file[PATH_MAX]; /* of the program; written by the child */
};

/* helper: the program, or NULL. What root runs, and what the agent does itself, need no session.
 * environment: the program's, whose first defaults variables are ours. *ret refers to itself, and
 * must stay where it is. A negative UV_E*. */
int pam_session_make(const char *helper, const struct account *account,
	const struct command *command, const struct strings *environment, size_t defaults,
	struct pam_session *ret);
void pam_session_finish(struct pam_session *session);
/* In the child, with the user's effective rights: finds the file. 0 or errno. */
int pam_session_find(struct pam_session *session, const struct command *command);
/* In the child, as root: executes the helper. Returns with errno. */
void pam_session_exec(const struct pam_session *session);

#endif
