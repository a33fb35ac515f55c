/* Whether an OPEN asks for something sensible. Pure. */
#ifndef VMSILO_AGENT_SESSION_OPEN_CHECK_H
#define VMSILO_AGENT_SESSION_OPEN_CHECK_H

#include <stdbool.h>

#include "proto/session.pb-c.h"

/* NULL, or what is wrong with it. */
const char *open_check(const Vmsilo__Session__Open *untrusted_open);
bool window_check(const Vmsilo__Session__Window *untrusted_window);
/* A signal that a client may send. */
bool signal_check(int untrusted_number);

#endif
