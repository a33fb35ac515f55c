/*
 * Drags that an X11 program begins. X11 programs find the window under the pointer by themselves,
 * so all that is needed is to know of it: the host then says where the pointer is, and the program
 * sees it there, in the places that windows of X11 have. A connection of our own to Xwayland tells;
 * it does not keep Xwayland from ending.
 */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_INPUT_X11_DRAG_H
#define VMSILO_TRAY_WINDOWS_GUEST_INPUT_X11_DRAG_H

#include <uv.h>
#include <wayland-server-core.h>
#include <xcb/xcb.h>

struct server;

struct x11_drag {
	struct server *server;
	void (*on_begin)(void *data);
	void *data;
	xcb_connection_t *connection; /* NULL: Xwayland does not run */
	uint32_t event;               /* XFixes' first */
	uv_poll_t *poll;              /* frees itself */
	struct wl_listener ready;
};

void x11_drag_init(
	struct x11_drag *drag, struct server *server, void (*on_begin)(void *data), void *data);
void x11_drag_finish(struct x11_drag *drag);

#endif
