/*
 * What vmsilo's commands ask of a VM's windows, each on a connection of its own: the list, the
 * clipboard, closing, and that a token belongs to a window that is to come. The user's own commands
 * alone may come.
 */
#ifndef VMSILO_TRAY_WINDOWS_LAUNCH_DESK_H
#define VMSILO_TRAY_WINDOWS_LAUNCH_DESK_H

#include <stdbool.h>
#include <sys/queue.h>
#include <uv.h>

#include "proto/desk.pb-c.h"
#include "proto/io/channel.h"
#include "proto/windows.pb-c.h"

#define DESK_CLIENTS_MAX 32
#define DESK_ASK_MS 10000 /* from its connection to its answer */

struct desk_client;
TAILQ_HEAD(desk_client_list, desk_client);

struct desk_ops {
	/* Tells the view; UV_ENOTCONN when there is none. */
	int (*tell)(void *data, uint16_t type, const ProtobufCMessage *message);
	/* Without a view a token is kept for the next one. */
	void (*activate)(void *data, const Vmsilo__Desk__Activate *activate);
	/* How many bytes of clipboard may cross. */
	uint64_t (*clipboard_max)(void *data);
	/* Why there is no view: for people. */
	const char *(*note)(void *data);
	void *data;
};

struct desk {
	uv_loop_t *loop;
	const struct desk_ops *ops;
	struct acceptor *acceptor;
	struct desk_client_list clients;
	unsigned int count;
	uint32_t serial; /* of the clipboard's requests to the view */
};

/* Takes listen_fd when it succeeds. */
int desk_init(struct desk *desk, uv_loop_t *loop, int listen_fd, const struct desk_ops *ops);
void desk_finish(struct desk *desk);
/* The view answers, or is gone: then whoever waits for it is told. */
void desk_windows(struct desk *desk, const Vmsilo__Desk__Windows *untrusted_windows);
void desk_clipboard(struct desk *desk, const Vmsilo__Windows__ClipboardData *untrusted_data);
void desk_view_gone(struct desk *desk);

#endif
