/* Menus, lists and tooltips of Wayland programs. */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_PROGRAMS_POPUP_H
#define VMSILO_TRAY_WINDOWS_GUEST_PROGRAMS_POPUP_H

#include <wayland-server-core.h>

/* Of server->new_popup. */
void popup_on_new(struct wl_listener *listener, void *data);

#endif
