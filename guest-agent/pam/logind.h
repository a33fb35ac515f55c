/*
 * Sessions and systemd-logind. While it does not run, a session is opened without it: its program
 * has all else, and would wait for seconds of a boot. The keeper takes it into the user's shared
 * session then (shared.h), as soon as logind runs.
 */
#ifndef VMSILO_AGENT_PAM_LOGIND_H
#define VMSILO_AGENT_PAM_LOGIND_H

#include <security/pam_appl.h>
#include <stdbool.h>

bool logind_runs(void);
/* What logind is told of a session, as variables of PAM (pam_systemd(8)). A code of PAM. */
int logind_session_describe(pam_handle_t *pam);
/* program_fd: a pidfd. False when that ends first, or logind does not come. */
bool logind_wait(int program_fd);

#endif
