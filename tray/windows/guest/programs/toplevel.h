/* Windows of Wayland programs. */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_PROGRAMS_TOPLEVEL_H
#define VMSILO_TRAY_WINDOWS_GUEST_PROGRAMS_TOPLEVEL_H

#include <wayland-server-core.h>

/* Of server->new_toplevel and server->new_decoration. */
void toplevel_on_new(struct wl_listener *listener, void *data);
void toplevel_on_decoration(struct wl_listener *listener, void *data);

#endif
