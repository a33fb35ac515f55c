/* The file of a command, as execvp(3) finds it in PATH. */
#ifndef VMSILO_AGENT_PROGRAM_LOOKUP_H
#define VMSILO_AGENT_PROGRAM_LOOKUP_H

#include <stdbool.h>

/*
 * Tells take() of each file of that name in PATH that may be executed with our effective rights,
 * until it returns true; a name with a '/' is the file itself, whatever it is. PATH is environ's.
 * 0 when one was taken; else errno. Allocates nothing.
 */
int lookup(const char *name, bool (*take)(void *data, const char *file), void *data);

#endif
