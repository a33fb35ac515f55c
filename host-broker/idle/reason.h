/*
 * Why a VM runs, will stop, did not start, or stopped: one list of reasons, for everything that has
 * a say in it (sessions, idle shutdown, memory, USB, network). Pure.
 *
 * A reason is data: a code that programs know, the subject (the name of what it is about), the time
 * of it, and a sentence for people.
 */
#ifndef VMSILO_BROKER_IDLE_REASON_H
#define VMSILO_BROKER_IDLE_REASON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The order is that in which they are told; the names are in the protocol's page. */
enum reason_code {
	REASON_NONE,
	/* why it runs */
	REASON_STARTING,
	REASON_SESSIONS,       /* programs run in it */
	REASON_INHIBITED,      /* by a user: vmsilo inhibit */
	REASON_USB,            /* a device is attached; its subject */
	REASON_TRAY,           /* items in somebody's panel */
	REASON_WINDOW,         /* windows on somebody's screen */
	REASON_HIDDEN,         /* windows that are open, none of which anybody sees */
	REASON_NETWORK_CLIENT, /* a VM that is routed through it; its subject */
	REASON_NO_AGENT,       /* its agent is not connected, so what runs inside is unknown */
	REASON_STALLED,        /* it stands still in the middle of a write: no room on the host */
	REASON_PROGRAMS,       /* sessions have left some, when it was asked */
	REASON_GUEST,          /* the guest asked to stay at the last check */
	REASON_CPU,            /* it was using the processor at the last check */
	REASON_NETWORK,        /* data crossed its network before the last check */
	REASON_NO_IDLE,        /* it is not configured to stop by itself */
	REASON_REBOOTED,       /* the guest did: it was started again */
	REASON_EMULATED,       /* not why, but how: without hardware virtualisation */
	REASON_PAUSED,         /* likewise: it stands still; by whom: its subject */
	/* why it will stop, or stopped */
	REASON_IDLE,
	REASON_STOPPING,
	REASON_ASKED,       /* by whom: its subject */
	REASON_POWERED_OFF, /* the guest, by itself */
	REASON_LOST,        /* the monitor or the agent went */
	/* why it did not start */
	REASON_START_FAILED,
	REASON_MEMORY,        /* the host has none to give */
	REASON_BACK_OFF,      /* it failed again and again: at the reason's time it may start */
	REASON_NEVER_STARTED, /* nobody has asked for it */
	REASON_CODES,         /* their number */
};

#define REASON_BIT(code) (1u << (code))

#define REASON_SUBJECT_SIZE 128
#define REASON_TEXT_SIZE 512
#define REASONS_MAX 32 /* told at once; the rest is counted in the last one's text */

struct reason {
	enum reason_code code;
	uint64_t at_ms; /* Unix time; 0: none */
	uint32_t items; /* of REASON_TRAY, REASON_WINDOW and REASON_HIDDEN */
	char subject[REASON_SUBJECT_SIZE];
	char text[REASON_TEXT_SIZE]; /* one printable line */
};

struct reasons {
	struct reason items[REASONS_MAX];
	size_t count;
	size_t left_out;
};

/* "sessions", "inhibited" ...: as programs see it. */
const char *reason_name(enum reason_code code);
/* subject: "" for none; escaped and cut, likewise the text. */
void reason_make(struct reason *reason, enum reason_code code, uint64_t at_ms, const char *subject,
	const char *format, ...) __attribute__((format(printf, 5, 6)));
void reasons_add(struct reasons *reasons, const struct reason *reason);

#endif
