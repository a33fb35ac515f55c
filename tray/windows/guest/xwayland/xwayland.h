/*
 * Xwayland, started at the first X11 program: one after another, at one display. wlroots starts the
 * next for the next program when one has ended; but where one ends before it is ready it gives the
 * display up, and we make all of it anew.
 *
 *   waiting --a program connects--> starting --> ready --its end--> waiting
 *   starting --its end--> gone --x11_pause()--> waiting
 */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_XWAYLAND_XWAYLAND_H
#define VMSILO_TRAY_WINDOWS_GUEST_XWAYLAND_XWAYLAND_H

#include <stdbool.h>
#include <uv.h>
#include <wayland-server-core.h>

#include "tray/windows/guest/policy/x11-policy.h"

struct wlr_compositor;
struct wlr_xwayland;

struct xwayland_ops {
	/* NULL: the one before goes now, with its windows, and is used no more. */
	void (*on_use)(void *data, struct wlr_xwayland *xwayland);
	/* It runs, and has a connection to it. */
	void (*on_ready)(void *data);
};

struct xwayland {
	uv_loop_t *loop;
	struct wl_display *display;
	struct wlr_compositor *compositor;
	const struct xwayland_ops *ops;
	void *data;
	struct wlr_xwayland *current; /* NULL: none */
	char name[16];                /* $DISPLAY, as programs were told */
	struct x11_ends ends;         /* before it was ready */
	uv_timer_t timer;             /* until the next is made */
	struct wl_listener start, ready, server_ready, client_gone;
};

/* False: there is no Xwayland here. */
bool xwayland_init(struct xwayland *xwayland, uv_loop_t *loop, struct wl_display *display,
	struct wlr_compositor *compositor, const struct xwayland_ops *ops, void *data);
/* Before the display's clients are destroyed. May be called twice. */
void xwayland_finish(struct xwayland *xwayland);

#endif
