/*
 * Tells that somebody waits for a guest: it may be paused. One that answers is not told of; one
 * that was quiet is told of at once, so that it need not be waited for. A connection is told of as
 * long as it waits, a datagram, of which nobody knows whether it wants an answer, some times. What
 * ends a connection waits for nothing.
 */
#ifndef VMSILO_BROKER_NET_PUBLISH_KNOCK_H
#define VMSILO_BROKER_NET_PUBLISH_KNOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#define KNOCK_QUIET_MS 1000 /* it did not answer anybody for so long */
#define KNOCK_WAIT_MS 50    /* else, so long after the question that it has not answered */
#define KNOCK_AGAIN_MS 500
#define KNOCK_DATAGRAM_TIMES 4

struct knock {
	uv_timer_t timer;
	int fd; /* a byte for each time */
	bool asked;
	unsigned int datagrams;    /* so often it is told of a datagram yet */
	uint64_t answered_ms;      /* 0: never */
	bool (*waits)(void *data); /* whether a connection does; NULL: there is none */
	void *data;
};

/* fd: borrowed, non-blocking. */
int knock_init(struct knock *knock, uv_loop_t *loop, int fd);
/* A connection waits for the guest, as waits() says. */
void knock_asked(struct knock *knock);
void knock_datagram(struct knock *knock);
/* Something came from it. */
void knock_answered(struct knock *knock);

#endif
