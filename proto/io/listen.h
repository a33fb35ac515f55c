/*
 * Accepts streams that come for some ports of an endpoint.
 *
 * LISTEN_HOST: the host's side of guest-to-host streams: kernel vsock port, or the socket
 * PATH_PORT. LISTEN_GUEST: the guest's side: kernel vsock port; or, for an agent that runs without
 * a VM, the socket PATH itself, whose peers say CONNECT <port> first (a port that nobody listens on
 * is closed without OK). Unix sockets are created mode 0600; a stale socket file at the path is
 * replaced, and the file is removed again at destroy.
 */
#ifndef VMSILO_PROTO_IO_LISTEN_H
#define VMSILO_PROTO_IO_LISTEN_H

#include <uv.h>

#include "proto/wire/address.h"

enum listen_direction { LISTEN_HOST, LISTEN_GUEST };

#define LISTEN_PORTS_MAX 4

/* fd: connected, non-blocking, close-on-exec, the callee's own. port: the one it came for.
 * peer_cid: of a kernel vsock peer, else 0. */
typedef void (*listen_cb)(void *data, int fd, uint16_t port, uint32_t peer_cid);

struct listener;

/* ports: 1 to LISTEN_PORTS_MAX of them; one only for LISTEN_HOST on a unix socket. */
int listen_create(uv_loop_t *loop, const struct endpoint *endpoint, const uint16_t *ports,
	size_t ports_count, enum listen_direction direction, listen_cb on_accept, void *data,
	struct listener **ret);
/* Stop and go on accepting (at a bound): later peers wait in the backlog. */
void listen_pause(struct listener *listener);
void listen_resume(struct listener *listener);
void listen_destroy(struct listener *listener);

#endif
