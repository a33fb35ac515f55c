/* A pseudo-terminal for a session (pty(7)). */
#ifndef VMSILO_AGENT_PROGRAM_TERMINAL_H
#define VMSILO_AGENT_PROGRAM_TERMINAL_H

#include <stddef.h>

#include "proto/session.pb-c.h"

#define TERMINAL_PATH_SIZE 64

/* The master, non-blocking and close-on-exec, with size and modes set; slave: the other end's path.
 * Returns the descriptor or -errno. */
int terminal_open(const Vmsilo__Session__Terminal *request, char slave[TERMINAL_PATH_SIZE]);
/* In the child, after setsid(2): makes slave its controlling terminal. Returns it or -errno. */
int terminal_take(const char *slave);
/* The end of a file, which is a character here, and only where lines are edited. */
void terminal_end(int master);
int terminal_resize(int master, const Vmsilo__Session__Window *window);

#endif
