/* A unix socket that local clients connect to: accepts, and asks who they are. */
#ifndef VMSILO_BROKER_SYSTEM_SERVER_H
#define VMSILO_BROKER_SYSTEM_SERVER_H

#include <stdbool.h>
#include <uv.h>

#include "proto/io/socket.h"

/* fd: non-blocking, close-on-exec, the callee's own. False: the peer was sent away. */
typedef bool (*server_cb)(void *data, int fd, const struct socket_peer *peer);

struct server;

/* Makes the socket, mode 0600; for_all: 0666, and on_accept asks who comes. */
int server_create(uv_loop_t *loop, const char *path, bool for_all, server_cb on_accept, void *data,
	struct server **ret);
/* The same for a socket that listens already; takes fd. */
int server_create_fd(uv_loop_t *loop, int fd, server_cb on_accept, void *data, struct server **ret);
/* At a bound, later clients wait in the backlog. */
void server_pause(struct server *server);
void server_resume(struct server *server);
/* Whether a client has connected and was not accepted yet. */
bool server_waits(const struct server *server);
/* Leaves the socket's file to its owner. */
void server_destroy(struct server *server);

#endif
