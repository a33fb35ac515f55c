/*
 * DNS by UDP: each query goes, as it is, to the host's resolver by a socket of its own, and what
 * comes back on that goes to who asked. Addresses that an answer has are told first, so that a VM
 * that may reach them by their name finds it so. Of IPv6 there are none while no way leads there.
 */
#ifndef VMSILO_BROKER_NET_DNS_QUERIES_H
#define VMSILO_BROKER_NET_DNS_QUERIES_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#define QUERIES_MAX 512       /* at once, */
#define QUERIES_OF_ONE_MAX 64 /* of one address; further ones are dropped, as a network may */
#define QUERY_TRY_MS 1500     /* then the next resolver is asked, */
#define QUERY_TRIES_MAX 4     /* in turn, so often */
#define QUERY_TAKEN_MS 500    /* then it goes to who asked though nobody has taken it */
#define QUERY_BYTES_MAX 4096  /* RFC 6891, 6.2.5: what requestors are advised to announce */

struct resolvers;
struct queries;
struct way6;

/* Takes fd, bound. resolvers, way6: borrowed. seen_fd: where to tell (seen.h), non-blocking,
 * borrowed. */
int queries_create(uv_loop_t *loop, int fd, struct resolvers *resolvers, struct way6 *way6,
	int seen_fd, struct queries **ret);
/* What was told under this number was taken. False: it is none of these. */
bool queries_taken(struct queries *queries, uint64_t number);

#endif
