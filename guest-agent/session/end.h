/*
 * When a session is over, as a function of what has ended. Pure.
 *
 *   pipes:       program exited, stdout at its end, stderr at its end   (like ssh: a child that
 *                keeps a pipe open keeps the session)
 *   terminal:    program exited and what it had printed was read; what still runs gets SIGHUP
 *   client gone: program exited, and nobody of its group is left   (until then they are told to
 * end)
 */
#ifndef VMSILO_AGENT_SESSION_END_H
#define VMSILO_AGENT_SESSION_END_H

#include <stdbool.h>

struct session_ends {
	bool terminal;
	bool exited;
	bool stdout_ended;
	bool stderr_ended;
	bool client_gone;
	bool group_gone;
};

enum session_step {
	SESSION_GOES_ON,
	SESSION_DRAIN_TERMINAL, /* read what is left on it, then end stdout */
	SESSION_SEND_STATUS,
	SESSION_FREE, /* nobody is there to be told */
};

enum session_step session_end_step(const struct session_ends *ends);

#endif
