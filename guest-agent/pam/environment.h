/* The environment of a program whose session PAM opened. */
#ifndef VMSILO_AGENT_PAM_ENVIRONMENT_H
#define VMSILO_AGENT_PAM_ENVIRONMENT_H

#include <stddef.h>

/*
 * One list of NAME=VALUE, which ends with NULL, from two. own: its first defaults entries are what
 * the agent gives to every program, and PAM's replace them; the others were asked for, and stay as
 * they are. The result is the caller's to free, not what it points to. NULL: out of memory.
 */
char **environment_merge(char **own, size_t defaults, char **pam);

/* From a descriptor that can be mapped, each variable with its NUL; the list ends with NULL and
 * lives until the process executes another program. NULL: there is none, or it is not well-formed.
 */
char **environment_read(int fd);

#endif
