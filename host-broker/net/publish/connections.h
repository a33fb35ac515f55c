/*
 * One published port of TCP: for each connection there is another one to the guest, and bytes go
 * from either to the other. An end in one direction is carried over as such, a reset as a reset.
 */
#ifndef VMSILO_BROKER_NET_PUBLISH_CONNECTIONS_H
#define VMSILO_BROKER_NET_PUBLISH_CONNECTIONS_H

#include <netinet/in.h>
#include <sys/queue.h>
#include <uv.h>

#define CONNECTIONS_MAX 512 /* of one VM; further ones wait in the backlog */
#define CONNECTIONS_KEEPALIVE_S \
	60 /* a peer that has gone without a word is noticed some time after */
#define CONNECTIONS_BUFFER (256 * 1024)

struct connection;
struct knock;

/* Of all ports of a VM. */
struct connections_pool {
	uv_loop_t *loop;
	const char *vm;
	struct knock *knock;
	unsigned int count;
	LIST_HEAD(, connection) all;
	uv_tcp_t first_tcp; /* with its first one libuv opens a file, which it may not later */
	struct connections *first; /* in a list, to go on where one has waited */
	char buffer[CONNECTIONS_BUFFER];
};

struct connections;

/* Before the sandbox. The others: borrowed. */
int connections_pool_init(
	struct connections_pool *pool, uv_loop_t *loop, const char *vm, struct knock *knock);
/* fd: listening, the callee's if it succeeds. */
int connections_create(struct connections_pool *pool, int fd, const struct sockaddr_in *guest);

#endif
