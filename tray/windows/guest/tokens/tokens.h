/*
 * xdg_activation_v1: programs say by a token that the user asked for a window. wlroots' own drops
 * tokens that it did not give itself, and what a launcher on the host gave is none of these.
 * Whoever is asked by another of its processes to show a window has the token of that one.
 */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_TOKENS_TOKENS_H
#define VMSILO_TRAY_WINDOWS_GUEST_TOKENS_TOKENS_H

#include <stdbool.h>
#include <wayland-server-core.h>

#define TOKENS_GIVEN 64 /* the newest that were given to programs, and not used */

struct tokens_ops {
	/* A program wants the window of this wl_surface to be seen. given: by us to a program, and
	 * not used before; else text is what the program has from elsewhere. */
	void (*on_activate)(void *data, const char *text, bool given, struct wl_resource *surface);
};

/* Goes with the display. False: no memory. */
bool tokens_create(struct wl_display *display, const struct tokens_ops *ops, void *data);

#endif
