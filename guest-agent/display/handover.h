/*
 * Streams of the user's desktop: the agent lets them in and hands each to the program of the user
 * whom the grant names, which is connected to the agent's socket. A byte goes with each descriptor.
 *
 *   stream  --the user's program is there--> handed over
 *     `--none--> kept (the last one only) --the program comes--> handed over
 *
 * Whose program it is the kernel says (SO_PEERCRED); anybody may connect.
 */
#ifndef VMSILO_AGENT_DISPLAY_HANDOVER_H
#define VMSILO_AGENT_DISPLAY_HANDOVER_H

#include <sys/queue.h>
#include <uv.h>

#include "guest-agent/access/grants.h"
#include "proto/io/channel.h"

#define TRAY_SOCKET "/run/vmsilo/tray.socket"
#define WINDOWS_SOCKET "/run/vmsilo/windows.socket"
#define HANDOVER_CLIENTS_MAX 32

struct handover_client;
TAILQ_HEAD(handover_client_list, handover_client);

struct handover {
	uv_loop_t *loop;
	const char *what;    /* "tray": for the log */
	int (*beside)(void); /* opens what goes with each stream, or -1; NULL: nothing */
	struct acceptor *acceptor;
	struct handover_client_list clients; /* the last to come first */
	unsigned int count;
	int kept_fd; /* the stream that nobody has taken; -1 */
	uid_t kept_uid;
};

/* Listens at path (NULL: UV_ENOTSUP); without it no stream is ever taken. what: borrowed. The
 * handles live until the process ends. */
int handover_init(struct handover *handover, uv_loop_t *loop, const char *what, const char *path);
/* A stream was admitted. Takes channel. */
void handover_add(struct handover *handover, struct channel *channel, const struct grant *grant);

#endif
