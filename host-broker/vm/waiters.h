/*
 * The requests that wait for a VM to run, to have stopped, or to be paused. A callback may add and
 * remove others.
 */
#ifndef VMSILO_BROKER_VM_WAITERS_H
#define VMSILO_BROKER_VM_WAITERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "host-broker/system/console-ring.h"
#include "proto/broker.pb-c.h"

/* Why a request failed. Valid during the callback. */
struct failure {
	Vmsilo__Broker__Failure__Code code;
	const char *text;                    /* one line, names the VM */
	const struct console_lines *console; /* NULL: says nothing about it */
	const char *monitor;                 /* the monitor's last words, raw; "" for none */
};

enum wait { WAIT_RUNNING, WAIT_STOPPED, WAIT_PAUSED };

struct waiter {
	TAILQ_ENTRY(waiter)
	link; /* in vm.waiters, from vm_wait() until on_done, on_failed or
	       * vm_wait_cancel() */
	enum wait wanted;
	bool insists; /* starts it however often it has failed */
	bool follows; /* of a VM that runs alone: does not start one */
	/* The VM's own book: */
	unsigned int runs;  /* that ended while it waited, or used what it had waited for */
	uint64_t last_run;  /* the last of them, by vm_runs() */
	unsigned int tries; /* to reach the agent of one run (vm_wait_again()) */
	uint64_t due_ms;    /* of uv_now(): when it may try again; 0: it waits for the VM alone */
	uint64_t round;     /* in which it was chosen to be told */
	/* One of done and failed ends the wait; both may be called from inside vm_wait(). */
	void (*on_progress)(void *data, Vmsilo__Broker__Stage stage);
	void (*on_done)(void *data);
	void (*on_failed)(void *data, const struct failure *failure);
	void *data;
};

TAILQ_HEAD(waiter_list, waiter);

struct waiters {
	struct waiter_list list; /* in the order in which they came */
	unsigned int count;
	uint64_t rounds;
};

void waiters_init(struct waiters *waiters);
void waiters_add(struct waiters *waiters, struct waiter *waiter);
void waiters_remove(struct waiters *waiters, struct waiter *waiter);
bool waiters_has(const struct waiters *waiters, enum wait wanted);
/* Tells those who wait for RUNNING. */
void waiters_progress(struct waiters *waiters, Vmsilo__Broker__Stage stage);
/* End the wait of all who want this. */
void waiters_done(struct waiters *waiters, enum wait wanted);
void waiters_fail(struct waiters *waiters, enum wait wanted, const struct failure *failure);
/* End the wait of those for whom choose() is true. */
void waiters_done_if(
	struct waiters *waiters, bool (*choose)(struct waiter *waiter, void *data), void *data);
void waiters_fail_if(struct waiters *waiters, bool (*choose)(struct waiter *waiter, void *data),
	void *data, const struct failure *failure);
/* For choose(): of a VM that runs alone. */
bool waiter_is_follower(struct waiter *waiter, void *data);
/* This run has ended under it. Once for each. */
void waiter_count_run(struct waiter *waiter, uint64_t run);
/* When the first of them may try again; 0: none waits for that. */
uint64_t waiters_due(const struct waiters *waiters);

#endif
