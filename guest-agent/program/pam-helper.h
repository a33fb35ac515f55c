/* What the agent and vmsilo-pam-session agree on. */
#ifndef VMSILO_AGENT_PROGRAM_PAM_HELPER_H
#define VMSILO_AGENT_PROGRAM_PAM_HELPER_H

/* The program's environment: NAME=VALUE, each with its NUL. */
#define PAM_HELPER_ENVIRONMENT_FD 3
#define PAM_HELPER_ENVIRONMENT_MAX (8 * 1024 * 1024) /* bytes; an OPEN is far smaller */
/* The name (comm) of the process that waits for the end of a session, to close it. */
#define PAM_HELPER_KEEPER "vmsilo-pam"

#endif
