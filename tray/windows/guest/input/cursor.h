/* What the pointer looks like over the VM's windows: a name, or a picture. */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_INPUT_CURSOR_H
#define VMSILO_TRAY_WINDOWS_GUEST_INPUT_CURSOR_H

#include "tray/windows/guest/shell/window.h"

struct cursor {
	struct server *server;
	uint32_t shape;              /* 0: the surface's picture */
	struct wlr_surface *surface; /* NULL: none is seen */
	int32_t hot_x, hot_y;
	bool changed; /* is to be told */
	struct wl_listener set, set_shape, focus, commit, destroy;
};

int cursor_init(struct cursor *cursor, struct server *server);
void cursor_finish(struct cursor *cursor);
void cursor_open(struct cursor *cursor);
void cursor_flush(struct cursor *cursor);
/* The surface as a message. Frees nothing of it: pixels are the caller's to free. NULL: it has no
 * picture. */
uint8_t *cursor_picture(const struct server *server, struct wlr_surface *surface, int32_t hot_x,
	int32_t hot_y, Vmsilo__Windows__Cursor *ret);

#endif
