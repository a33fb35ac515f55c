/*
 * How much memory each guest should have. Pure arithmetic over what host and guests report; the
 * clock comes in as a number.
 *
 * The aim is that host and guests have the same headroom, as in ChromeOS's BalanceAvailable: what
 * is available beyond what each must always keep. For one guest it is that policy's (Ga - Ha) / 2;
 * for several the common level is found for all of them at once, so that the order of the guests
 * does not matter. Where that level is below zero, memory is short, and each guest gets
 * what it needs up to its fair share (in proportion to its maximum), and what others leave of
 * theirs.
 *
 * A guest may lie. In need or not, another keeps the smaller of its need and its fair share, so
 * that a claim takes nothing but surplus; one that claims to have plenty is shrunk to its minimum;
 * what is granted comes from what the host has now, never from what a guest has only promised to
 * give. A guest that does not give what it is asked for keeps what it has (the most is its
 * configured memory), is asked again ever more seldom, and is lent nothing beyond its fair share
 * any more.
 *
 * One that has reported nothing yet is booting: it counts with its target, since it has not touched
 * more, and its balloon is waited for.
 *
 * A guest that gave or got is not asked for the opposite for a while, unless by something more
 * urgent. Differences too small to matter are left alone.
 */
#ifndef VMSILO_BROKER_MEMORY_BALLOON_POLICY_H
#define VMSILO_BROKER_MEMORY_BALLOON_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BALLOON_MIB (INT64_C(1) << 20)
#define BALLOON_STEP (10 * BALLOON_MIB) /* what may be taken beyond a guest's headroom at once */
#define BALLOON_TOLERANCE (2 * BALLOON_MIB)  /* a balloon this near to its target has reached it */
#define BALLOON_BLOCK_MS 5000                /* from one direction to the opposite */
#define BALLOON_STALL_MS 3000                /* in which a balloon must have moved, */
#define BALLOON_STALL_RATE (2 * BALLOON_MIB) /* by so much a second */
#define BALLOON_BOOT_MS 60000                /* the same for one that boots */
#define BALLOON_BACKOFF_FIRST_MS 10000       /* until a guest that stalled is asked again, */
#define BALLOON_BACKOFF_MAX_MS (5 * 60 * 1000) /* doubling up to this */
#define BALLOON_CRITICAL_MAX (400 * BALLOON_MIB)
#define BALLOON_CRITICAL_MIN (8 * BALLOON_MIB)

/* All sizes are bytes, signed: headrooms go below zero. */
struct balloon_host {
	int64_t available;
	int64_t reserve; /* its own, which guests do not get */
	int64_t budget;  /* of all guests together; 0: no other bound than what is available */
	int64_t fixed;   /* what guests without a balloon take of the budget */
	bool pressure;   /* its tasks wait for memory */
};

enum balloon_priority { BALLOON_BALANCE, BALLOON_PRESSURE };

struct balloon_guest {
	/* What is so; the caller's. */
	int64_t min, max;
	int64_t actual;    /* what it has now, as the monitor tells */
	int64_t available; /* as the guest tells, at most actual; -1: it has not told lately */
	bool pressure;     /* its tasks wait for memory, as it tells */

	/* Its target: the answer. */
	int64_t target;

	/* The policy's memory. */
	int64_t critical;    /* that must stay available; learnt */
	int64_t balloon_max; /* the largest balloon that was seen */
	int64_t previous_available;
	int64_t previous_fill; /* percent of balloon_max */
	bool has_previous;
	bool arrived;  /* the target was reached */
	bool keeps;    /* it did not give what it was asked for */
	int direction; /* of the last change: 1 got, -1 gave, 0 none */
	enum balloon_priority priority;
	uint64_t blocked_until_ms; /* for the opposite direction */
	uint64_t progress_ms;      /* since when the balloon should have moved */
	int64_t progress_actual;
	uint64_t stalled_until_ms;
	uint32_t backoff_ms;
	int64_t obstacle; /* size that it could not get below, */
	int64_t obstacle_available;
};

void balloon_guest_init(struct balloon_guest *guest, int64_t min, int64_t max);
/* Sets all targets anew. Returns true while something moves, or should: look again soon. */
bool balloon_policy_step(const struct balloon_host *host, struct balloon_guest *const *guests,
	size_t count, uint64_t now_ms);
/* Whether it does not follow at the moment. */
bool balloon_guest_stalled(const struct balloon_guest *guest, uint64_t now_ms);

#endif
