/* The user's terminal: what the session needs to know of it, raw mode, and back. */
#ifndef VMSILO_BROKER_CLI_SESSION_TERMINAL_H
#define VMSILO_BROKER_CLI_SESSION_TERMINAL_H

#include <stdbool.h>

#include "proto/session.pb-c.h"

/* Size, modes and $TERM. Strings and cc are borrowed from static storage. */
void terminal_describe(Vmsilo__Session__Terminal *ret);
void terminal_size(Vmsilo__Session__Window *ret);
/* Raw, when stdin is a terminal and we are in its foreground; again after a stop. It is put back by
 * terminal_restore(), and by a signal that kills us, but for KILL. */
void terminal_raw(void);
void terminal_restore(void);
/* Whether we have a controlling terminal, whatever stdin is. */
bool terminal_is_there(void);
/* Whether fd is a terminal that is gone. */
bool terminal_is_hung_up(int fd);

#endif
