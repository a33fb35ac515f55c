/*
 * What may come when on a session stream: the one table of (frame type, direction, state). Both
 * ends ask it about every frame they receive, before they look at the payload; whatever it does not
 * allow ends the stream. Pure.
 *
 *   NEW --HELLO--> GREETED --OPEN--> OPENING --OPENED--> OPEN --STATUS--> CLOSED
 *                                       `----FAILED------------------------^
 *
 * and in OPEN each of stdin, stdout, stderr: DATA* END, once. STATUS only after stdout and stderr
 * ended.
 */
#ifndef VMSILO_PROTO_WIRE_SESSION_RULES_H
#define VMSILO_PROTO_WIRE_SESSION_RULES_H

#include <stdbool.h>

#include "proto/wire/frame.h"

enum session_phase {
	SESSION_NEW,     /* nothing yet */
	SESSION_GREETED, /* the client's HELLO was sent; its token is checked */
	SESSION_OPENING, /* OPEN was sent: the agent starts the program */
	SESSION_OPEN,
	SESSION_CLOSED, /* STATUS, FAILED or REJECT was sent: nothing may follow */
};

enum session_side { SESSION_FROM_CLIENT, SESSION_FROM_AGENT };

struct session_rules {
	enum session_phase phase;
	bool agent_greeted; /* the agent's HELLO was sent */
	bool ended[3];      /* END was sent on stdin, stdout, stderr */
	bool stopped[3];    /* STOP was sent against them */
	bool probed;        /* a PROBE is to be answered */
};

void session_rules_init(struct session_rules *rules);
const char *session_phase_name(enum session_phase phase);
/*
 * A frame passes from side, sent or received: each end feeds both directions. Returns 0 and
 * advances, or UV_EPROTO and changes nothing. The client may send HELLO and OPEN without waiting
 * for answers (and DATA, within the initial window, right behind them), so DATA, END, SIGNAL,
 * WINDOW, CREDIT and STOP from the client are allowed from OPENING on, and after CLOSED as far as
 * they may have crossed the agent's last frame.
 */
int session_rules_feed(
	struct session_rules *rules, enum session_side side, uint16_t type, uint16_t stream);

#endif
