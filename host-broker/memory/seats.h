/*
 * The VMs that run, and what is known of the memory of each: what its monitor and its agent have
 * told, and the policy's own. And the host's, beside them.
 */
#ifndef VMSILO_BROKER_MEMORY_SEATS_H
#define VMSILO_BROKER_MEMORY_SEATS_H

#include <stdbool.h>
#include <sys/queue.h>

#include "host-broker/memory/admission.h"
#include "host-broker/memory/report-check.h"
#include "host-broker/vm/launch.h"
#include "proto/base/rate.h"

#define SEAT_PRESSURE_HOLDS_MS 3000 /* a word of pressure counts so long */
#define SEAT_STALE_MS 120000        /* an older report is none */
#define SEAT_REPORTS_MAX 20         /* that a guest may send at once unasked, by pressure, */
#define SEAT_REPORTS_RATE 2         /* and a second after that */

/* The balancer's slot in each VM. */
struct seat {
	bool taken;             /* the VM runs; the rest counts */
	TAILQ_ENTRY(seat) link; /* in seats.list */
	struct vm *vm;
	bool elastic; /* has a memory range */
	bool rests;   /* is paused, or about to be: its balloon is not ours */
	bool asked;   /* its agent, and it has not told yet */
	bool queried; /* the monitor was asked for the actual size, */
	bool known;   /* and has told it */
	struct rate rate;
	struct report report;
	uint64_t told_ms; /* when that came; 0: never */
	uint64_t pressure_ms;
	struct balloon_guest guest;
};

TAILQ_HEAD(seat_list, seat);

struct seats {
	const struct vm_environment *environment;
	const struct vm_watcher *watcher; /* whose slots are seats */
	struct seat_list list;            /* taken, in the order of the starts */
	uint64_t pressure_ms;             /* when the kernel last reported the host's; 0: never */
};

/* The host as the policy sees it, and what else it says. */
struct host_memory {
	struct balloon_host policy;
	int64_t total;
	struct pressure pressure;
};

void seats_init(struct seats *seats, const struct vm_environment *environment,
	const struct vm_watcher *watcher);
/* NULL: it has none, since it does not run. */
struct seat *seats_find(const struct seats *seats, const struct vm *vm);
size_t seats_count(const struct seats *seats);
void seats_take(struct seats *seats, struct vm *vm);
void seats_leave(struct seats *seats, struct seat *seat);
/* Whether there is a balloon that could be set. */
bool seats_elastic(const struct seats *seats);
/* Whether its balloon is to be set. */
bool seat_moves(const struct seat *seat);
/* Its balloon is ours again, and as the pause has left it. */
void seat_go_on(struct seat *seat);
/* Brings the policy's figures up to date with what the agent has told. */
void seat_update(const struct seats *seats, struct seat *seat);
/* 0, or a negative UV_E*. */
int seats_host(const struct seats *seats, struct host_memory *ret);
/* admission_check() of a VM that is about to start. */
int seats_admit(const struct seats *seats, const struct vm_config *config, struct error *error);

#endif
