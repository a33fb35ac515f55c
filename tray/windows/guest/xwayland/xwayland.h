/*
 * Xwayland, started at the first X11 program: one process after another, at one display, whose
 * sockets are ours as long as we are. One that fails time after time is left alone for a while, in
 * which programs are refused instead of waiting.
 *
 *   waiting --a program connects--> starting --it answers--> ready
 *   starting, ready --it closes Wayland, or is too slow--> ending
 *   any of these --it has ended--> waiting | resting --a time--> waiting
 */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_XWAYLAND_XWAYLAND_H
#define VMSILO_TRAY_WINDOWS_GUEST_XWAYLAND_XWAYLAND_H

#include <stdbool.h>
#include <uv.h>
#include <wayland-server-core.h>

#include "tray/windows/guest/policy/x11-policy.h"
#include "tray/windows/guest/xwayland/manager.h"
#include "tray/windows/guest/xwayland/process.h"

struct xwayland_ops {
	/* NULL: the one before goes now, with its windows, and is used no more. */
	void (*on_use)(void *data, struct wlr_xwayland *xwayland);
	/* It runs, and has a connection to it. */
	void (*on_ready)(void *data);
};

enum xwayland_state {
	XWAYLAND_NONE, /* there is none here */
	XWAYLAND_WAITING,
	XWAYLAND_STARTING,
	XWAYLAND_READY,
	XWAYLAND_ENDING,
	XWAYLAND_RESTING,
};

struct xwayland {
	uv_loop_t *loop;
	const struct xwayland_ops *ops;
	void *data;
	enum xwayland_state state;
	char name[16]; /* $DISPLAY; empty: none */
	struct manager manager;
	struct xwayland_process process;
	struct x11_ends ends;
	uint64_t ready_at;  /* uv_now(); 0: not yet */
	uv_poll_t doors[2]; /* where programs connect */
	uv_timer_t timer;   /* of the state */
	struct wl_listener client_gone;
};

/* False: there is no Xwayland here. */
bool xwayland_init(struct xwayland *xwayland, uv_loop_t *loop, struct wl_display *display,
	struct wlr_compositor *compositor, const struct xwayland_ops *ops, void *data);
/* Before the display's clients are destroyed. May be called twice. */
void xwayland_finish(struct xwayland *xwayland);
/* Whether it is this client that runs. */
bool xwayland_is(const struct xwayland *xwayland, const struct wl_client *client);
/* A connection to it as a program has it, whose end is Xwayland's; the caller's. -1: none, or it
 * was given before. */
int xwayland_connection_take(struct xwayland *xwayland);

#endif
