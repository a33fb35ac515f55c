/* A child that is to run for good: one that ends is started again, after a rest that doubles. */
#ifndef VMSILO_BROKER_NET_KEEP_H
#define VMSILO_BROKER_NET_KEEP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define KEEP_REST_FIRST_MS 50 /* up to */
#define KEEP_REST_MAX_MS 2000
#define KEEP_GOOD_MS 10000 /* it ran for so long: what it did before is forgotten */

struct kept {
	const char *name;        /* NULL: there is none */
	const char *consequence; /* of its end, for people: "VMs have no way out" */
	void (*run)(void *data); /* in the child; does not return */
	void *data;
	pid_t pid; /* 0: it does not run */
	uint64_t started_ms, due_ms;
	uint32_t rest_ms;
	bool again;
};

/* Starts it when it is time. Returns in how many ms to ask again; -1: when a child has ended. */
int keep(struct kept *kept, uint64_t now_ms);
/* A child has ended. */
void keep_ended(struct kept *kept, pid_t pid, int status, uint64_t now_ms);
/* Ends it, to be started anew at once. */
void keep_again(struct kept *kept);
/* Kills it: what it held is free afterwards. */
void keep_finish(struct kept *kept);

#endif
