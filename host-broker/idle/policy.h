/*
 * When an idle VM is paused, and when it is stopped. Pure: facts and the time go in, what is to be
 * done comes out.
 *
 *   BUSY ---nothing keeps it---> COUNTING --near the end--> MEASURING --time is up--> PAUSE or STOP
 *    ^                           |   ^                        |   |
 *    `----- something keeps it --+---+---- the guest or its ---'   |
 *                                          processor was active    `--> COUNTING again
 *
 * The end is the pause, where one is configured (for less than the stop); a VM that is paused
 * counts on, from the same beginning, to its stop. It has no processor and says nothing, so that
 * nothing is measured; what the host knows keeps it as before. Once it runs on, it begins anew.
 *
 * Windows that nobody sees keep it from its stop, and not from its pause: it then counts to the
 * pause alone, and stays there. Likewise, beside such windows, programs that were started for the
 * display and nobody waits for: they are known by their windows. Where it cannot be paused, all
 * that keeps it as anything else does.
 *
 * Of a VM with a network, what crosses it is counted twice, a minute before the pause and at its
 * time: if that is not the same, the time begins again.
 *
 * Times are milliseconds of any clock that does not go back. Nothing has to be looked at while a VM
 * is busy, and twice at most in each period while it counts: shortly before the end the guest is
 * asked and the processor's time read, at the end it is judged.
 *
 * What the guest says is the number of its sessions, and whether it wants to stay. A guest that
 * lies about either keeps itself alive, or dies early; it can do nothing about what the host knows
 * (inhibitors, devices, granted streams).
 */
#ifndef VMSILO_BROKER_IDLE_POLICY_H
#define VMSILO_BROKER_IDLE_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "host-broker/config/config.h"
#include "host-broker/idle/reason.h"

#define IDLE_MEASURE_MS 10000 /* at most; half of the whole time when that is shorter */
#define IDLE_TRAFFIC_MS 60000 /* at most; a connection that says less often is left to end */
#define IDLE_COUNTED_MS 5000  /* within which a count is told; else nothing crosses it */

struct idle_facts {
	bool running; /* or paused, and not on its way up or down */
	bool paused;
	bool moving; /* is on its way there, or back */
	bool can_pause;
	bool agent;            /* is connected: without it nobody knows what runs inside */
	bool network;          /* it has one that keeps it from being paused */
	bool stalled;          /* stands still in the middle of a write */
	unsigned int sessions; /* untrusted: the guest's word, as the next */
	unsigned int windowed; /* of these: run detached, and were given the display */
	unsigned int holds;    /* REASON_BIT()s of what the host knows: inhibitors, devices ... */
	unsigned int cpu_percent; /* of one processor, since IDLE_MEASURE was asked for */
};

enum idle_kind {
	IDLE_NEVER,    /* it is not configured to */
	IDLE_OFF,      /* it does not run */
	IDLE_BUSY,     /* reasons */
	IDLE_COUNTING, /* since, pause_at, stop_at */
};

enum idle_action {
	IDLE_MEASURE = 1 << 0,  /* read the processor's time, ask the guest */
	IDLE_ANNOUNCE = 1 << 1, /* it will stop at stop_at */
	IDLE_WITHDRAW = 1 << 2, /* what was announced will not be */
	IDLE_STOP = 1 << 3,     /* until it does not run any more, or something keeps it */
	IDLE_PAUSE = 1 << 4,    /* until it is on its way, likewise */
	IDLE_COUNT = 1 << 5,    /* count what crossed its network: idle_policy_counted() */
};

struct idle_verdict {
	enum idle_kind kind;
	unsigned int actions; /* enum idle_action */
	unsigned int reasons; /* REASON_BIT()s, of BUSY; of COUNTING: what keeps it from its stop */
	uint64_t since;       /* of COUNTING */
	uint64_t pause_at;    /* likewise; 0: it is not, or is already */
	uint64_t stop_at;     /* likewise; 0: it is paused, and stays so */
	uint64_t due_at;      /* of them what is next, and is measured for */
	uint64_t wake_at;     /* step again then, if nothing happens before; 0: never */
};

/* Of what crosses the network, in a period. */
enum idle_traffic {
	IDLE_TRAFFIC_UNKNOWN,
	IDLE_TRAFFIC_BEGINS, /* it is being counted, */
	IDLE_TRAFFIC_BEGUN,  /* was, */
	IDLE_TRAFFIC_ENDS,   /* and is again */
	IDLE_TRAFFIC_NONE,   /* there was none */
};

struct idle_policy {
	bool counting, measuring, announced;
	bool paused;         /* when it was last looked at */
	uint64_t since;      /* of COUNTING */
	uint64_t kept_until; /* a stream was granted that may still be opened, or a user said so */
	uint64_t measured_from;
	enum idle_traffic traffic;
	uint64_t traffic_at;       /* the last count was asked for */
	uint64_t traffic_bytes;    /* of the first count */
	enum reason_code activity; /* what began the period; REASON_NONE: the last of a session */
};

/* A stream was granted: somebody is about to use the VM. */
void idle_policy_touch(struct idle_policy *policy, uint64_t now);
/* A user wants it to stay until then, at least. */
void idle_policy_keep(struct idle_policy *policy, uint64_t until);
/* It was asked for, and did not become paused. */
void idle_policy_asked(struct idle_policy *policy, uint64_t now);
/* The guest says that it is in use (REASON_GUEST, REASON_PROGRAMS): counts from now on. */
void idle_policy_guest_active(struct idle_policy *policy, uint64_t now, enum reason_code why);
/* What had crossed its network, since its start or any other time: after IDLE_COUNT. */
void idle_policy_counted(struct idle_policy *policy, uint64_t now, uint64_t bytes);
/* After every change of the facts, and at wake_at. */
void idle_policy_step(struct idle_policy *policy, const struct idle_config *config,
	const struct idle_facts *facts, uint64_t now, struct idle_verdict *ret);

#endif
