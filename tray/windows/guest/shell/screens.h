/*
 * The user's screens as programs see them, and one more for Xwayland alone: of scale 1 and large,
 * so that each X11 window has a place with room for its menus.
 */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_SHELL_SCREENS_H
#define VMSILO_TRAY_WINDOWS_GUEST_SHELL_SCREENS_H

#include <stdbool.h>
#include <wayland-server-core.h>

#include "proto/limits.h"
#include "proto/windows.pb-c.h"

struct server;

struct screens {
	struct wlr_output_layout *layout;
	struct wlr_output *list[WINDOWS_OUTPUTS_MAX];
	size_t count;
	struct wlr_output *x11;
	uint32_t scale; /* of the first: what a new window starts with */
};

int screens_init(struct server *server);
void screens_set(struct server *server, const Vmsilo__Windows__Settings *settings);
/* Each client sees its own. */
bool screens_filter(const struct server *server, const struct wl_client *client,
	const struct wl_global *global);
/* On which a window is. */
struct wlr_output *screens_of(const struct server *server, bool x11);
/* How large the largest is, in physical pixels. */
void screens_bounds(const struct server *server, uint32_t *width, uint32_t *height);

#endif
