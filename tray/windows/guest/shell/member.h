/*
 * A surface of a window's tree, and where it is in the window's picture. Each surface of every
 * program has one, from its begin to its end.
 */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_SHELL_MEMBER_H
#define VMSILO_TRAY_WINDOWS_GUEST_SHELL_MEMBER_H

#include "tray/windows/guest/shell/window.h"

struct member {
	struct wlr_surface *surface;
	struct server *server;
	struct window *root;   /* whose own surface it is; NULL */
	struct window *window; /* in whose picture it is; NULL */
	struct wl_list link;   /* window->members */
	struct wlr_box box;    /* there, in the program's units */
	unsigned int walk;     /* the last one that met it */
	struct wl_listener commit, destroy;
};

/* Tells its program at which scale it is shown. */
void member_scale(struct member *member, uint32_t scale);
/* Of the compositor's new surfaces. */
void members_watch(struct server *server);
struct member *member_of(struct wlr_surface *surface);
/* Goes through the window's surfaces: what moved, came or went since is damage. */
void members_walk(struct window *window);
/* Those of its picture that this walk has not met are in it no more. */
void members_drop_unmet(struct window *window, unsigned int walk);
/* The window's surfaces are in no picture any more. */
void members_leave(struct window *window);

#endif
