/*
 * A window as the host sees it, whatever is behind it: an xdg_toplevel, an xdg_popup, a window of
 * X11, or a subsurface that hangs over its window.
 *
 *   (unseen) --window_show--> wanted --told the host--> announced --its answer--> configured
 * --frames--> any --window_hide, or the stream's end--> (unseen, wanted)
 */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_SHELL_WINDOW_H
#define VMSILO_TRAY_WINDOWS_GUEST_SHELL_WINDOW_H

#include <wayland-server-core.h>
#include <wlr/util/box.h>

#include "tray/windows/guest/shell/frames.h"
#include "tray/windows/guest/shell/server.h"

struct window;
struct wlr_surface;

/* What is behind a window. All but begin must be there; each size is physical. */
struct window_kind {
	bool popup;
	/* The host is about to be told that it is there. */
	void (*begin)(struct window *window);
	/* The message has the window's number; strings are borrowed. */
	void (*describe)(struct window *window, ProtobufCMessage *message);
	/* What of the surface is shown, in its own units. */
	void (*crop)(struct window *window, struct wlr_box *ret);
	/* The host's answers, which are in the window's state. */
	void (*configure)(struct window *window);
	void (*close)(struct window *window);
	/* No host sees it any more: nothing is waited for. True: that was its end, and perhaps that
	 * of others. */
	bool (*release)(struct window *window);
	/* The host's serial that what is shown obeys. */
	uint32_t (*serial)(struct window *window);
};

/* What the host said last. */
struct window_state {
	uint32_t serial;
	int32_t x, y; /* of a popup, in its parent's content */
	int32_t width, height;
	bool activated, maximized, fullscreen, resizing, tiled, hidden;
	int32_t bounds_width, bounds_height;
};

struct window {
	struct wl_list link; /* server->windows */
	struct server *server;
	const struct window_kind *kind;
	struct window *parent;       /* NULL */
	struct wlr_surface *surface; /* whose tree is shown; NULL: nothing is */
	bool x11;
	uint32_t scale;

	bool wanted;                       /* by its program */
	uint32_t number;                   /* on this stream; 0: not announced */
	bool changed;                      /* is to be described anew */
	bool configured;                   /* by the host, on this stream */
	bool mapped;                       /* has something to show */
	uint32_t requests;                 /* bits by enum Request */
	uint32_t edges;                    /* of the request to resize */
	char token[WINDOWS_TOKEN_MAX + 1]; /* is to be told; "" */
	struct window_state state;

	struct wl_list members; /* member->link, the lowest first */
	struct wlr_box crop;    /* as of the last walk */
	struct frames frames;
};

void window_init(struct window *window, struct server *server, const struct window_kind *kind);
void window_finish(struct window *window);

/* Its program wants it. */
void window_show(struct window *window, struct wlr_surface *surface);
/* It has something to show. */
void window_map(struct window *window);
void window_unmap(struct window *window);
void window_hide(struct window *window);
/* The host forgets it; what it said of it counts no more. */
void window_forget(struct window *window);
/* What is told of it has changed. */
void window_describe(struct window *window);
void window_request(struct window *window, Vmsilo__Windows__Request request);
void window_set_parent(struct window *window, struct window *parent);
void window_set_scale(struct window *window, uint32_t scale);

/* NULL: there is none of that number (any more). */
struct window *window_find(const struct server *server, uint32_t number);
/* In whose picture the surface is; NULL. */
struct window *window_of(struct wlr_surface *surface);
/* The window whose own surface it is; NULL. */
struct window *window_of_root(struct wlr_surface *surface);

#endif
