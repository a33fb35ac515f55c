/* What stands against an OPEN before anything is tried. */
#ifndef VMSILO_AGENT_SESSION_REFUSAL_H
#define VMSILO_AGENT_SESSION_REFUSAL_H

#include "guest-agent/program/program.h"
#include "guest-agent/session/session.h"

/* Of a stream with this grant. True, and why. */
bool open_is_refused(const struct sessions *sessions, const struct grant *grant,
	const Vmsilo__Session__Open *untrusted_open, struct program_failure *ret);

#endif
