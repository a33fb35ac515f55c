/* Brokers that connect: the one that started us, and the next, which finds us at the same socket.
 */
#ifndef VMSILO_BROKER_NET_SERVER_H
#define VMSILO_BROKER_NET_SERVER_H

#include <stdbool.h>
#include <uv.h>

struct refused;
struct state;

#define SERVER_PEERS_MAX 4

struct server;

struct server_options {
	int fd; /* taken; listening, SOCK_SEQPACKET */
	struct state *state;
	/* The first broker has come, or the last one has gone. */
	void (*on_peers)(void *data, bool any);
	void *data;
};

/* Peers of another user are sent away. */
int server_create(
	uv_loop_t *loop, const struct server_options *server_options, struct server **ret);
/* Somebody asks for this VM: every broker hears of it. */
void server_knock(struct server *server, const char *vm);
void server_refused(struct server *server, const struct refused *refused);
void server_destroy(struct server *server);

#endif
