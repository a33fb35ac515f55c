/* The way out without root: pasta(1), which is in the namespace with one interface, and in the host
 * an ordinary program that opens sockets. One that ends is started again. */
#ifndef VMSILO_BROKER_NET_PASTA_H
#define VMSILO_BROKER_NET_PASTA_H

#include <stdint.h>
#include <sys/types.h>

#define PASTA_REST_FIRST_MS 50 /* after its end; doubles, up to */
#define PASTA_REST_MAX_MS 2000
#define PASTA_GOOD_MS 10000 /* it ran for so long: what it did before is forgotten */

struct pasta {
	const char *program;
	pid_t anchor; /* in the namespaces */
	pid_t pid;    /* 0: it does not run */
	uint64_t started_ms, due_ms;
	uint32_t rest_ms;
};

/* Starts it when it is time. Returns in how many ms to ask again; -1: when a child has ended. */
int pasta_keep(struct pasta *pasta, uint64_t now_ms);
/* A child has ended. */
void pasta_ended(struct pasta *pasta, pid_t pid, int status, uint64_t now_ms);
/* Kills it. */
void pasta_finish(struct pasta *pasta);

#endif
