/*
 * Programs of the guest's user are executed by vmsilo-pam-session, which opens a session with PAM
 * first. What can be wrong with the command is found before that, with the user's rights, so that
 * it is told as it is without PAM.
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
	char defaults[16];   /* how many variables are ours, not the client's */
	char file[PATH_MAX]; /* of the program; written by the child */
};

/* helper: the program, or NULL. What root runs, and what the agent does itself, need no session.
 * *ret refers to itself, and must stay where it is. UV_ENOMEM. */
int pam_session_make(const char *helper, const struct account *account,
	const struct command *command, size_t defaults, struct pam_session *ret);
void pam_session_finish(struct pam_session *session);
/* In the child, with the user's effective rights: finds the file. 0 or errno. */
int pam_session_find(struct pam_session *session, const struct command *command);

#endif
