/*
 * The compositor, and what its parts share. Wayland's event
 * loop is one descriptor of libuv's.
 */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_SHELL_SERVER_H
#define VMSILO_TRAY_WINDOWS_GUEST_SHELL_SERVER_H

#include <uv.h>
#include <wayland-server-core.h>

#include "tray/windows/guest/pixels/scroll.h"
#include "tray/windows/guest/shell/screens.h"
#include "tray/windows/guest/stream/stream.h"
#include "tray/windows/guest/xwayland/xwayland.h"

#define SERVER_TOKENS 64

struct server {
	uv_loop_t *loop;
	struct stream *stream;
	struct wl_display *display;
	struct wl_event_loop *events;
	struct wlr_backend *backend;
	struct wlr_renderer *renderer;
	struct wlr_compositor *compositor;
	struct wlr_seat *seat;
	struct xwayland x11;
	struct wlr_xwayland *xwayland; /* x11's; NULL: none */
	struct screens screens;
	char socket[64]; /* $WAYLAND_DISPLAY */

	struct wl_list windows; /* window->link, the oldest first */
	size_t announced;       /* how many of them the host knows */
	uint64_t pixels;        /* of those */
	unsigned int walk;      /* number of the last walk through a window's surfaces */
	uint32_t gone_list[512];
	size_t gone_count; /* windows' numbers that are to be told */
	struct window *x11_active;
	unsigned int x11_places;
	uint32_t x11_drag_type; /* the atom of windows that are a drag's picture; 0: not known */

	/* Launchers' tokens that were told, the oldest overwritten: each is for one window. */
	char tokens[SERVER_TOKENS][WINDOWS_TOKEN_MAX + 1];
	size_t tokens_next;

	/* What frames are made with. */
	struct picture scratch;
	size_t scratch_size; /* bytes */
	struct scroll *scroll;
	uv_timer_t beat;
	bool beat_wanted; /* somebody may wait for one */

	struct {
		struct wl_signal gone;      /* struct window: the host sees it no more */
		struct wl_signal changed;   /* struct window: its surfaces may be elsewhere */
		struct wl_signal x11_ready; /* Xwayland runs, perhaps another one */
	} events_of;
	uv_poll_t poll;
	struct wl_listener new_surface, new_toplevel, new_popup, new_decoration, new_x11;
};

int server_init(struct server *server, uv_loop_t *loop, struct stream *stream);
/* Once all that programs can bind is there. name: of the Wayland socket. Logs why it cannot be. */
int server_open(struct server *server, const char *name);
void server_finish(struct server *server);
/* Before the loop waits, and before what happened is told: what programs have said and nobody has
 * heard. */
void server_catch_up(struct server *server);
/* Before the loop waits: what was queued for programs leaves. */
void server_flush(struct server *server);

/* Somebody may have begun to wait for a frame callback: beat.h. */
void server_want_beat(struct server *server);

/* wl_signal_add() with the callback. */
void server_listen(struct wl_listener *listener, struct wl_signal *signal, wl_notify_func_t notify);
void server_deafen(struct wl_listener *listener);
/* Whether a resource's client is Xwayland. */
bool server_is_x11(const struct server *server, const struct wl_client *client);

#endif
