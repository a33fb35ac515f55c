/*
 * Sessions and systemd-logind. While it does not run, a session is opened without it: its program
 * has all else, and would wait for seconds of a boot. The keeper enters it then, as soon as logind
 * runs.
 */
#ifndef VMSILO_AGENT_PAM_LOGIND_H
#define VMSILO_AGENT_PAM_LOGIND_H

#include <security/pam_appl.h>
#include <stdbool.h>

bool logind_runs(void);
/* What logind is told of a session, as variables of PAM (pam_systemd(8)). A code of PAM. */
int logind_session_describe(pam_handle_t *pam);
/*
 * Waits for logind, opens a session there with this process as its leader, and takes with it
 * whoever is in its control group. program_fd: a pidfd; NULL when that ends first, or logind does
 * not come. The caller closes and ends what is returned.
 */
pam_handle_t *logind_join(const char *user, int program_fd);

#endif
