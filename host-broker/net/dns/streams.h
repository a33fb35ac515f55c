/* DNS by TCP (RFC 7766), for answers that a datagram has no room for: two streams joined, as they
 * are. */
#ifndef VMSILO_BROKER_NET_DNS_STREAMS_H
#define VMSILO_BROKER_NET_DNS_STREAMS_H

#include <uv.h>

#define STREAMS_MAX 64       /* at once; further ones wait in the backlog */
#define STREAM_IDLE_MS 10000 /* without a byte */

struct resolvers;
struct streams;

/* Takes fd, bound. resolvers: borrowed. */
int streams_create(uv_loop_t *loop, int fd, struct resolvers *resolvers, struct streams **ret);

#endif
