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

/* As the program's command line says: fd goes before listen, and that before the agent. */
struct guest_link_options {
	const char *agent;  /* the agent's socket */
	const char *listen; /* a socket of our own to make; NULL */
	int fd;             /* the stream, taken; -1 */
};

struct guest_link {
	const char *agent;
	uv_loop_t *loop;
	int fd; /* the agent's; -1 */
	guest_link_cb on_stream;
	void *data;
	uv_poll_t *poll; /* of fd; frees itself when it is closed */
	uv_timer_t timer;
	struct acceptor *acceptor; /* of a socket of our own; NULL */
};

/* The options' texts are the caller's, and stay. 0, or why it cannot listen. */
int guest_link_start(struct guest_link *link, uv_loop_t *loop,
	const struct guest_link_options *options, guest_link_cb on_stream, void *data);
/* Closes its handles; the memory of link is needed until the loop has run. */
void guest_link_finish(struct guest_link *link);

#endif
