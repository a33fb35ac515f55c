/* Puts the surfaces of a window together, with pixman. */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_SHELL_COMPOSE_H
#define VMSILO_TRAY_WINDOWS_GUEST_SHELL_COMPOSE_H

#include <pixman.h>

#include "tray/windows/guest/shell/window.h"

struct wlr_buffer;

/* Draws the region of the window's picture. */
void compose_window(
	struct window *window, const struct picture *picture, pixman_region32_t *region);
/* The window's picture where it is no more than one program's buffer, which is read as it lies
 * there; until it is returned. Its pixels' alpha is of no use. NULL: it has to be drawn. */
struct wlr_buffer *compose_borrow(struct window *window, struct picture *ret);
void compose_return(struct wlr_buffer *buffer);
/* Draws a surface alone into a new picture of its size in physical pixels; at most side on a side.
 * NULL: it has none, or there is no memory. The caller frees it. */
uint32_t *compose_surface(struct wlr_surface *surface, uint32_t scale, uint32_t side,
	uint32_t *ret_width, uint32_t *ret_height);
/* Each of its pixels has alpha 255. */
bool compose_is_opaque(const struct window *window);

#endif
