/*
 * Tray streams: the agent lets them in and hands each to the vmsilo-guest-tray of the user whom the
 * grant names, which is connected to the agent's socket. A byte goes with each descriptor.
 *
 *   stream  --a tray of the user is there--> handed over
 *     `--none--> kept (the last one only) --the tray comes--> handed over
 *
 * Whose tray it is the kernel says (SO_PEERCRED); anybody may connect.
 */
#ifndef VMSILO_AGENT_TRAY_H
#define VMSILO_AGENT_TRAY_H

#include <sys/queue.h>
#include <uv.h>

#include "guest-agent/access/grants.h"
#include "proto/io/channel.h"

#define TRAY_SOCKET "/run/vmsilo/tray.socket"
#define TRAY_CLIENTS_MAX 32

struct tray_client;
TAILQ_HEAD(tray_client_list, tray_client);

struct tray_streams {
	uv_loop_t *loop;
	struct acceptor *acceptor;
	struct tray_client_list clients; /* the last to come first */
	unsigned int count;
	int kept_fd; /* the stream that nobody has taken; -1 */
	uid_t kept_uid;
};

/* Listens at path (NULL: UV_ENOTSUP); without it no stream is ever taken. The handles live until
 * the process ends. */
int tray_streams_init(struct tray_streams *streams, uv_loop_t *loop, const char *path);
/* A stream to PORT_TRAY was admitted. Takes channel. */
void tray_streams_add(
	struct tray_streams *streams, struct channel *channel, const struct grant *grant);

#endif
