/*
 * Where a program of the guest's session gets its stream from: the agent's socket, on which the
 * agent hands over each stream that it let in (one byte, the descriptor and perhaps another beside
 * it; HELLO is done); or a unix socket of its own, or a descriptor that it was started with, where
 * HELLO is still to come.
 */
#ifndef VMSILO_TRAY_GUEST_LINK_LINK_H
#define VMSILO_TRAY_GUEST_LINK_LINK_H

#include <stdbool.h>
#include <uv.h>

#define AGENT_RETRY_MS 1000 /* the agent is not there (any more) */

/* The descriptors are the callee's; beside_fd: what came with the stream, or -1. greeted: HELLO is
 * done. */
typedef void (*guest_link_cb)(void *data, int fd, int beside_fd, bool greeted);

enum guest_link_kind { GUEST_LINK_AGENT, GUEST_LINK_LISTEN, GUEST_LINK_FD };

struct guest_link {
	enum guest_link_kind kind;
	const char *path;
	uv_loop_t *loop;
	int fd; /* the agent's; -1 */
	guest_link_cb on_stream;
	void *data;
	uv_poll_t *poll; /* of fd; frees itself when it is closed */
	uv_timer_t timer;
	struct acceptor *acceptor; /* of a socket of our own; NULL */
};

/* path: of the socket; fd: the stream of GUEST_LINK_FD, taken. 0, or why it cannot listen. */
int guest_link_start(struct guest_link *link, uv_loop_t *loop, enum guest_link_kind kind,
	const char *path, int fd, guest_link_cb on_stream, void *data);
/* Closes its handles; the memory of link is needed until the loop has run. */
void guest_link_finish(struct guest_link *link);

#endif
