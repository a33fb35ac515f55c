/*
 * wlroots' part in one Xwayland: which surfaces are windows of X11, and the window manager. Its own
 * struct wlr_xwayland_server is kept for X11's display alone, that is its number and sockets;
 * wlroots never starts Xwayland by it.
 */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_XWAYLAND_MANAGER_H
#define VMSILO_TRAY_WINDOWS_GUEST_XWAYLAND_MANAGER_H

#include <stdbool.h>
#include <wayland-server-core.h>

struct wlr_compositor;
struct wlr_xwayland;
struct wlr_xwayland_server;
struct wlr_xwayland_shell_v1;

struct manager {
	struct wl_display *display;
	struct wlr_compositor *compositor;
	struct wlr_xwayland_server *server;  /* NULL: there is no Xwayland here */
	struct wlr_xwayland_shell_v1 *shell; /* hidden from all but Xwayland */
	struct wlr_xwayland *current;        /* NULL: none runs */
};

/* False: there is no Xwayland here, or no display for it. */
bool manager_init(
	struct manager *manager, struct wl_display *display, struct wlr_compositor *compositor);
void manager_finish(struct manager *manager);
/* For the Xwayland that is that client. The client's end is told by manager_forget(). */
bool manager_create(struct manager *manager, struct wl_client *client);
/* X11 answers at fd, which is the manager's now. False: it has ended already. */
bool manager_begin(struct manager *manager, int fd);
void manager_forget(struct manager *manager);
void manager_destroy(struct manager *manager);

#endif
