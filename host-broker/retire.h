/*
 * When the broker exits by itself, and whether its runtime folder is still its own.
 *
 * A broker that was started on demand exits after `idle_exit` without clients and running VMs; the
 * next client starts another. A broker whose runtime folder was removed, or whose socket's path
 * leads elsewhere, can never be reached again: it exits as soon as no VM is running.
 *
 * Nothing is polled: one timer runs while the exit is near, and inotify reports changes of the
 * folder.
 */
#ifndef VMSILO_BROKER_RETIRE_H
#define VMSILO_BROKER_RETIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "host-broker/vm/launch.h"

#define RETIRE_FIRST_MS 10000 /* for the client that started it to come, at least */
#define RETIRE_LOST_MS 1000   /* out of reach: for those who are still connected */

struct retire;

/* What stands against its end. */
struct retire_facts {
	size_t clients;
	bool runs;   /* a VM does */
	bool starts; /* a VM would be started by the next broker, by itself */
};

struct retire_options {
	struct vm_environment *environment; /* borrowed for life; its folder_lost is kept here */
	bool on_demand;                     /* started for its clients */
	bool owns_socket;                   /* RUNTIME/broker.socket is ours */
	void (*facts)(void *data, struct retire_facts *ret);
	/* Somebody has connected and was not accepted yet; asked at the end alone, since it takes a
	 * system call for each socket. */
	bool (*waits)(const void *data);
	/* Once, from the loop; why: for the log. The callee destroys the broker. */
	void (*on_end)(void *data, const char *why);
	void *data;
};

/* The folder and the socket are there. */
int retire_create(const struct retire_options *options, struct retire **ret);
void retire_destroy(struct retire *retire);
/* Clients came or went, a VM is in another state, or the configuration is another. */
void retire_check(struct retire *retire);
/* Whether the socket's path still leads to our socket; looks at it now, and at the folder. */
bool retire_has_socket(struct retire *retire);

#endif
