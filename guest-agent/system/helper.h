/* A program of the guest's own that the agent starts for itself. */
#ifndef VMSILO_AGENT_SYSTEM_HELPER_H
#define VMSILO_AGENT_SYSTEM_HELPER_H

#include <sys/types.h>

/* argv ends with NULL; its first word is looked up in PATH. No signal is blocked for it, whatever
 * the agent has blocked. 0 or a negative UV_E*; *ret is a child to reap. */
int helper_start(const char *const *argv, pid_t *ret);

#endif
