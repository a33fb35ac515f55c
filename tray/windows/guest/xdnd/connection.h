/*
 * A connection of our own to Xwayland, for drags that X11 programs begin: it hears who owns what is
 * dragged, and has the window that stands for all of Wayland's. It does not keep Xwayland from
 * ending.
 */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_XDND_CONNECTION_H
#define VMSILO_TRAY_WINDOWS_GUEST_XDND_CONNECTION_H

#include <stdbool.h>
#include <uv.h>
#include <xcb/xcb.h>

#include "tray/windows/guest/policy/xdnd-message.h"

struct server;

enum xdnd_atom {
	XDND_SELECTION,
	XDND_AWARE,
	XDND_ENTER,
	XDND_POSITION,
	XDND_STATUS,
	XDND_LEAVE,
	XDND_DROP,
	XDND_FINISHED,
	XDND_TYPE_LIST,
	XDND_ACTION_LIST,
	XDND_ACTION_COPY,
	XDND_ACTION_MOVE,
	XDND_ACTION_ASK,
	XDND_ACTION_PRIVATE,
	XDND_INCR,
	XDND_DATA, /* the property that answers come in */
	XDND_WINDOW_TYPE,
	XDND_ATOMS
};

struct connection {
	struct server *server;
	/* The event is the caller's. */
	void (*on_event)(void *data, const xcb_generic_event_t *event);
	/* It is closed. */
	void (*on_lost)(void *data);
	void *data;
	xcb_connection_t *xcb; /* NULL: Xwayland does not run */
	xcb_window_t root;
	xcb_window_t window; /* for messages of a drag; nothing of it is seen */
	uint32_t xfixes;     /* its first event */
	xcb_atom_t atoms[XDND_ATOMS];
	uv_poll_t *poll; /* frees itself */
};

/* To server->xwayland, which is ready. False: it is logged, unless Xwayland has just ended. */
bool connection_open(struct connection *connection);
/* Without on_lost. */
void connection_close(struct connection *connection);
/* What has come. */
void connection_take(struct connection *connection);
/* What came with answers, or while something was sent: no descriptor tells of it. True: something
 * did. */
bool connection_take_queued(struct connection *connection);
/* Whether it is wlroots that offers X11 programs what a Wayland program drags. */
bool connection_is_managers(const struct connection *connection, xcb_window_t owner);
/* Our window is there, above all others, once it returns. */
void connection_show(struct connection *connection, int16_t x, int16_t y, uint16_t side);
void connection_hide(struct connection *connection);
/* To a window of a source. words[0] is our window. */
void connection_say(struct connection *connection, xcb_window_t to, enum xdnd_atom type,
	uint32_t words[XDND_WORDS]);

#endif
