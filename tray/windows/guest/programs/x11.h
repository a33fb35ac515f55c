/*
 * Windows of X11 programs. Each has a true place in one space of coordinates, of our choice, since
 * the host does not tell; menus and the like, which place themselves by it, become popups of their
 * window.
 */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_PROGRAMS_X11_H
#define VMSILO_TRAY_WINDOWS_GUEST_PROGRAMS_X11_H

#include <stdbool.h>
#include <wayland-server-core.h>

struct server;
struct window;

/* Of server->new_x11. */
void x11_on_new(struct wl_listener *listener, void *data);
/* Where X11 believes the window to be. */
void x11_where(struct window *window, int32_t *x, int32_t *y);
/* The pointer is in it: X11 believes that the topmost window at a place has it. Others than X11's
 * are left alone. */
void x11_raise(struct window *window);
/* It gets X11's focus. */
void x11_focus(struct window *window);

#endif
