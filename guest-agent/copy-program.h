/*
 * The guest's end of vm-copy: this same binary, run again as a session's program and user, with the
 * records of a copy (proto/copy-record.h) on its stdin and stdout.
 *
 *   copy-receive [--force | --no-clobber] PATH
 *   copy-send [--dereference] [--skip-special] PATH...
 *
 * Paths begin at the session's directory, which is the user's home; "" is that itself. What goes
 * wrong is told in the records, never on stderr. Signals end nothing: when the client goes, so does
 * stdin, and what was received is removed first.
 */
#ifndef VMSILO_AGENT_COPY_PROGRAM_H
#define VMSILO_AGENT_COPY_PROGRAM_H

#include <stdbool.h>

/* Whether argv asks for it. */
bool copy_program_is(int argc, char **argv);
/* Returns an exit code: 0 when all is in its place, 1 when it is not, 2 for wrong usage. */
int copy_program_run(int argc, char **argv);

#endif
