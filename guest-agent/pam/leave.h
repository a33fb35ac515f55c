/* Processes that outlive the one that starts them, and that it has nothing to do with. */
#ifndef VMSILO_AGENT_PAM_LEAVE_H
#define VMSILO_AGENT_PAM_LEAVE_H

/*
 * Starts one that is neither of our group, nor our child: a program that becomes what we are might
 * wait for all that it has. It has no stdin, stdout and stderr, and the agent knows it by its name
 * (program/pam-helper.h). Returns 1 in it; in us 0, or a negative errno.
 */
int process_leave(void);

#endif
