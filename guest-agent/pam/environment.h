/* The environment of a program whose session PAM opened. Pure. */
#ifndef VMSILO_AGENT_PAM_ENVIRONMENT_H
#define VMSILO_AGENT_PAM_ENVIRONMENT_H

#include <stddef.h>

/*
 * One list of NAME=VALUE, which ends with NULL, from two. own: its first defaults entries are what
 * the agent gives to every program, and PAM's replace them; the others were asked for, and stay as
 * they are. The result is the caller's to free, not what it points to. NULL: out of memory.
 */
char **environment_merge(char **own, size_t defaults, char **pam);

#endif
