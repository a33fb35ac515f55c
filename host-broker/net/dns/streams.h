/*
 * DNS by TCP (RFC 7766), for answers that a datagram has no room for: two streams joined. What a
 * guest asks goes on as it is; answers are taken one by one, and are what they would be by UDP:
 * without addresses of IPv6 where that leads nowhere, and told to who makes the rules first.
 */
#ifndef VMSILO_BROKER_NET_DNS_STREAMS_H
#define VMSILO_BROKER_NET_DNS_STREAMS_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#define STREAMS_MAX 64        /* at once; further ones wait in the backlog */
#define STREAMS_OF_ONE_MAX 16 /* of one address; further ones are closed */
#define STREAM_IDLE_MS 10000  /* without a byte */
#define STREAM_TAKEN_MS 2000  /* then an answer goes on without the rules */

struct resolvers;
struct streams;
struct way6;

/* Takes fd, bound. The others: borrowed; seen_fd: of the packets of seen.h. */
int streams_create(uv_loop_t *loop, int fd, struct resolvers *resolvers, struct way6 *way6,
	int seen_fd, struct streams **ret);
/* The rules are in place for the answer with this number. False: there is none. */
bool streams_taken(struct streams *streams, uint64_t number);

#endif
