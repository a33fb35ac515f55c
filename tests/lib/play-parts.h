/*
 * Parts that take the time that a test says, and die when it says, in a world whose clock stands in
 * its hands; and the owner of them, who keeps a log.
 *
 * The log has a word for each call: "+a" prepared, "=a" adopted, "-a" released, "!a" forced, "UP",
 * "OVER". A part looks by itself that what it needs is ready when it is prepared, and that who
 * needs it is gone when it is released.
 */
#ifndef VMSILO_TESTS_PLAY_PARTS_H
#define VMSILO_TESTS_PLAY_PARTS_H

#include "host-broker/parts/parts.h"
#include "tests/lib/world.h"

#define NEVER UINT32_MAX
#define AT_ONCE 0
#define RELEASE_MS 500

enum step { STEP_NONE, STEP_READY, STEP_FAILED, STEP_RELEASED };

/* One part, and what it does. */
struct play {
	const char *name;
	const char *needs[4];
	enum part_death death;
	uint32_t prepare_ms; /* AT_ONCE, NEVER */
	bool refuses;        /* prepare() fails; after prepare_ms, if there is such a time */
	uint32_t release_ms;
	bool deaf; /* not even force() ends it */
	bool keeps_no_record, writes_record, is_lost;

	struct part_kind kind;
	struct part *part;
	uv_timer_t timer;
	enum step step;
	bool there, left;
	unsigned int prepared, released, forgotten;
	uint64_t ready_at;
	struct process_id process;
};

struct bed {
	struct world world;
	uv_loop_t loop;
	struct parts *parts;
	struct play *plays;
	size_t count;
	uint64_t began;
	char log[4096];
	char notes[4096];
	unsigned int records;
	int record_code;
	bool up, over, ends_itself;
	uint64_t up_at, over_at;
	char cause[1200];
	bool failed;
};

/* Of the test that runs. */
extern struct bed bed;

/* What no part claims, and what became of the last of them. */
extern const struct part_kind stray_kind;
extern struct play stray_play;

void bed_make(struct play *plays, size_t count);
/* Until all is over. Whatever was begun has been ended once, and is forgotten. */
void bed_finish(void);
/* Starts them, ends them when they are up, and looks as bed_finish() does. */
void play_all(struct play *plays, size_t count);

/* Something that happens after a while. */
struct event {
	uv_timer_t timer;
	struct play *dies; /* NULL: all are ended */
};
void event_at(struct event *event, struct play *dies, uint64_t after_ms);

#endif
