/*
 * Memory between host and guests: asks agents how they are, lets balloon-policy.h decide, and sets
 * balloons. It follows VMs as a vm_watcher.
 *
 *   RESTING --pressure on the host or in a guest, a VM came or went, time--> ASKING
 *   ASKING --all agents have told, or 300 ms--> balloons are set, RESTING
 *
 * While something moves it looks again after 1 s, else after 2 s, 4 s, ... 60 s.
 *
 * Without a VM that has a memory range it does nothing at all. One that is paused is left alone,
 * and counts with what it has. Once it runs on it is left alone for BALANCER_RESUMED_MS, unless
 * something else makes it look: pressure in the guest, or a VM that comes.
 */
#ifndef VMSILO_BROKER_MEMORY_BALANCER_H
#define VMSILO_BROKER_MEMORY_BALANCER_H

#include <sys/queue.h>
#include <uv.h>

#include "host-broker/memory/seats.h"
#include "host-broker/vm/launch.h"

#define BALANCER_TICK_MS 1000 /* while something moves */
#define BALANCER_REST_MAX_MS 60000
#define BALANCER_REST_BLIND_MS 10000 /* where the kernel tells us of no pressure */
#define BALANCER_ANSWER_MS 300       /* for agents to tell, before it goes on without them */
/* A guest that runs on does first what it was asked for. */
#define BALANCER_RESUMED_MS 2000

struct balancer;
struct why;

/* Watches the VMs of the environment; both are borrowed for life. A start that is refused for want
 * of memory is noted in why. */
int balancer_create(struct vm_environment *environment, struct why *why, struct balancer **ret);
/* After the VMs have ended. */
void balancer_destroy(struct balancer *balancer);

/* What is known of a VM that runs. */
struct balancer_row {
	const struct vm *vm;
	bool elastic; /* has a memory range */
	bool paused;
	bool told; /* the agent has told; the three below count */
	struct meminfo info;
	struct pressure pressure;
	uint64_t age_ms;
	const struct balloon_guest *guest; /* sizes, target, its memory of the policy */
	bool stalled;
	uint64_t resident; /* of the host's memory */
};

/* Asks every agent, and calls back once all have told or BALANCER_ANSWER_MS is over. */
struct balancer_viewer {
	TAILQ_ENTRY(balancer_viewer)
	link; /* in balancer.viewers, from balancer_view() until on_ready
	       * or balancer_view_cancel() */
	void (*on_ready)(void *data);
	void *data;
};
void balancer_view(struct balancer *balancer, struct balancer_viewer *viewer);
void balancer_view_cancel(struct balancer *balancer, struct balancer_viewer *viewer);

int balancer_host(const struct balancer *balancer, struct host_memory *ret);
size_t balancer_rows_count(const struct balancer *balancer);
/* Calls for each VM that runs, in the order in which they started. */
void balancer_rows(const struct balancer *balancer,
	void (*on_row)(void *data, const struct balancer_row *row), void *data);

#endif
