/*
 * Time and waiting in a fuzz target's hands, so that an input decides what happens and when, and
 * the same input does the same again.
 *
 * While a world is there, the monotonic clock stands still. Where the code under test waits
 * (epoll_wait(2), poll(2)), on_wait makes the next thing happen, until a descriptor is ready. When
 * nothing more will happen, the clock goes to the wait's own deadline. A wait that has none then
 * would last for ever, and one that is answered without end spins: both abort.
 *
 * The functions of the C library stand in world.c, and are called by libraries as well.
 */
#ifndef VMSILO_TESTS_WORLD_H
#define VMSILO_TESTS_WORLD_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

/* Waits after the last thing has happened: several for each handle that is still there. */
#define WORLD_TURNS_MAX 20000

struct world {
	/* False when nothing more will happen. Not called again then. It is called from inside a
	 * wait, so it must not touch the loop that waits. NULL: the target turns the loop itself.
	 */
	bool (*on_wait)(void *data);
	void *data;
	bool over;
	unsigned int turns; /* since it was over */
	int lowest_fd;      /* when it began; and how many were open above it */
	int fds;
};

/* One at a time. */
void world_begin(struct world *world, bool (*on_wait)(void *data), void *data);
/* Aborts when a descriptor was left open. */
void world_end(struct world *world);
void world_pass(uint64_t ms);
/* From now on the target turns the loop itself: on_wait is not called any more. */
void world_lead(struct world *world);
/* One turn of the loop, which does not wait. */
void world_turn(uv_loop_t *loop);
/* Runs the loop until it is at rest, and closes it. Aborts when a handle was left open. */
void world_run(uv_loop_t *loop);

#endif
