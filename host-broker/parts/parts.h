/*
 * A start as a list of parts: each is prepared when all that it needs are ready, watched while it
 * is there, and released before what it needs is. Knows nothing of VMs and of processes.
 *
 * One part:
 *
 *   IDLE --its needs are READY--> PREPARING --ready--> READY --ended--.
 *    ^                                | `-failed, ended-> GONE <------+ STOP, DEGRADE
 *    `--------------time over---------|----- RESTING <----------------' RESTART
 *                                     v        v         v
 *             all end: who needs it is released, then RELEASING --released, time over--> RELEASED
 *
 * All of them:
 *
 *   PREPARING --all are READY (or GONE, and need not be there)--> UP
 *       |                                                         |
 *       | one failed; parts_end()            one ended that must be there; parts_end()
 *       v                                                         v
 *    ENDING <-----------------------------------------------------'
 *       `--all are released--> OVER
 *
 * Parts that do not need each other are prepared at the same time, and released at the same time.
 * The first cause of the end is the true one: what follows are its consequences.
 */
#ifndef VMSILO_BROKER_PARTS_PARTS_H
#define VMSILO_BROKER_PARTS_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <uv.h>

#include "host-broker/system/process.h"
#include "proto/base/error.h"

#define PARTS_MAX 64
#define PART_NAME_SIZE 64
#define PART_TEXT_SIZE (PART_NAME_SIZE + 2 + sizeof(((struct error *)NULL)->text))

#define PART_FORCE_MS 1000 /* from force() until it is left behind */
/* One that ends again and again is started again with a pause that doubles, and so often in a row.
 */
#define PART_RESTARTS_MAX 5
#define PART_RESTART_FIRST_MS 100
#define PART_GOOD_MS 60000 /* ready for so long: what it did before is forgotten */

#define PART_WAITS 1 /* a function's answer: part_ready() or part_released() follows */

struct part;
struct parts;

/* What a later broker must know to find a part again. */
struct part_record {
	char key[PART_NAME_SIZE];
	struct process_id process; /* pid 0: it is not there */
};

#define PART_NEEDS_ALL "*" /* in needs: every other kind, but for those that name this one */

/* What it means when one that was ready has ended. */
enum part_death {
	PART_DEATH_STOPS,    /* all end */
	PART_DEATH_DEGRADES, /* the others go on without it; all end when one still waits for it */
	PART_DEATH_RESTARTS, /* it is prepared again; when that does not help, all end */
};

/* No function calls back into the machine from inside, but for part_record(). A part that needs
 * one that has ended goes on: it ends by itself if it cannot. */
struct part_kind {
	const char *name;
	/* Names of kinds, NULL-terminated: all of such a kind that are there. NULL: none. */
	const char *const *needs;
	enum part_death death;
	/* DEGRADES: what follows from it, for people; NULL: the others go on without it. */
	const char *without;
	/* Once it is ready nothing of it runs: only one that was being prepared is recorded. */
	bool passes;
	/* What it waits for has limits of its own, which a start's time does not know. */
	bool has_own_limits;
	uint32_t release_ms; /* then force() */
	/* 0: it is ready. PART_WAITS. Negative: failed, for a reason that does not name it; nothing
	 * is left behind. */
	int (*prepare)(struct part *part, struct error *error);
	/* Also of one that is half prepared, or has ended. 0 or PART_WAITS. */
	int (*release)(struct part *part);
	void (*force)(struct part *part); /* likewise, at once, by all means; NULL: there are none
					   */
	/* The owner lets go. What it has runs on, unless it was released. The last call. */
	void (*forget)(struct part *part);
	/* Its process. NULL: it has none, and a later broker prepares it anew. */
	struct process_id (*record)(const struct part *part);
	/* Takes over what an earlier broker prepared, as prepare() answers. With record. */
	int (*adopt)(struct part *part, const struct part_record *record, struct error *error);
	/* Looks whether it has ended and was not told yet. NULL: it is always told at once. */
	bool (*lives)(const struct part *part);
};

enum part_state {
	PART_IDLE,
	PART_PREPARING,
	PART_READY,
	PART_RESTING,
	PART_GONE,
	PART_RELEASING,
	PART_RELEASED,
};

struct part {
	TAILQ_ENTRY(part) link; /* in parts */
	struct parts *parts;
	const struct part_kind *kind;
	char key[PART_NAME_SIZE];  /* of this one, for the record: lasts */
	char name[PART_NAME_SIZE]; /* for people: "the vsock device" */
	void *data;                /* its kind's */
	/* The machine's own: */
	enum part_state state;
	uint64_t due_ms; /* RESTING, RELEASING: by uv_now(), when the time is over */
	uint64_t ready_ms;
	unsigned int restarts; /* in a row */
	bool was_ready;
	bool forced;
};

enum parts_state { PARTS_PREPARING, PARTS_UP, PARTS_ENDING, PARTS_OVER };

/* Why they ended. Valid while they are there. */
struct parts_cause {
	const struct part *part;   /* that was the first to end; NULL: by parts_end() */
	bool failed;               /* it was never ready */
	char text[PART_TEXT_SIZE]; /* "NAME: REASON", "NAME was killed by signal 9" */
};

/* None comes from inside of a function below, but for on_record. */
struct parts_callbacks {
	void (*on_up)(void *data);
	void (*on_over)(void *data, const struct parts_cause *cause);
	/* What became of a part, in words for people. May come from inside. */
	void (*on_note)(void *data, const char *text);
	/* Must be written down before the part goes on. */
	int (*on_record)(void *data, struct error *error);
};

int parts_create(
	uv_loop_t *loop, const struct parts_callbacks *callbacks, void *data, struct parts **ret);
/* Lets go of all; to end them is parts_end(). The memory is freed when the loop has run out. */
void parts_destroy(struct parts *parts);

/* Before the start; no other has this key. NULL when there are too many, or memory is short. */
struct part *parts_add(struct parts *parts, const struct part_kind *kind, const char *key,
	const char *name, void *data);
void parts_start(struct parts *parts);
/* In the place of parts_start(). One without a record, or that is not found by it, is as one that
 * has ended; of a record without a part a part of the kind stray is made. */
void parts_adopt(struct parts *parts, const struct part_record *records, size_t count,
	const struct part_kind *stray);
/* on_over follows; also in the middle of the start. */
void parts_end(struct parts *parts);

enum parts_state parts_state(const struct parts *parts);
uv_loop_t *parts_loop(const struct parts *parts);
/* All are ready, and none has ended by what can be seen. */
bool parts_live(const struct parts *parts);
/* Whether one has ended that the others go on without. */
bool parts_lost(const struct parts *parts, const char *key);
/* One that is not ready yet; NULL: none. */
const char *parts_waits_for(const struct parts *parts);
/* All that are not ready yet are of a kind that has_own_limits, and there is one. */
bool parts_wait_abroad(const struct parts *parts);
/* Of those that are there. Returns how many. */
size_t parts_record(const struct parts *parts, struct part_record ret[PARTS_MAX]);

/* ---- what a part tells, from the loop, or from prepare() where it says so ---- */

void part_ready(struct part *part);
/* It could not be prepared; the reason does not name it. */
void part_failed(struct part *part, const struct error *error);
/* It is there no more, whatever it was doing: "was killed by signal 9". */
void part_ended(struct part *part, const char *text);
void part_released(struct part *part);
/* What it is doing, in words for people. */
void part_note(const struct part *part, const char *text);
/* What record() answers has changed: a process was made, and may not run before this returns 0.
 * Also from prepare() and adopt(). */
int part_record(struct part *part, struct error *error);

#endif
