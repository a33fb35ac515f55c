/*
 * A session of a user as PAM has it (pam(3)). It is opened by the process that becomes the user's
 * program, so that limits, keyring and control group are that program's, and closed by
 * another, the keeper, which waits for the end of the first:
 *
 *   helper --opens--> helper -+-> becomes the user, executes the program
 *                             `-> keeper (a child of the agent), closes, ends
 *
 * So the agent's child is the program itself, with its signals, terminal and exit code, as it is
 * without PAM. systemd does the same for PAMName= (systemd.exec(5)).
 */
#ifndef VMSILO_AGENT_PAM_SESSION_H
#define VMSILO_AGENT_PAM_SESSION_H

#include <security/pam_appl.h>
#include <sys/types.h>

#include "proto/base/error.h"

/* Opens it. 0, or negative with PAM's words. */
int session_open(const char *user, uid_t uid, pam_handle_t **ret, struct error *error);
/* Starts the keeper of this process. Ours is the handle no more, whatever it returns. */
int session_keep(pam_handle_t *pam, uid_t uid, struct error *error);

#endif
