/*
 * The memory that a VM's windows take on the host. A window's picture is one that is shown, one
 * that is built, what the compositor still holds, and what is kept for the next frame. Settings'
 * limit counts one of them for each window (rules/). Of all of them together,
 *
 *   up to that limit    each window keeps up to CONTENT_PICTURES, some with room for a larger size;
 *   beyond it           none but what is shown, held or built;
 *   beyond twice it     none is made: the frame waits until the compositor gives some back.
 *
 * What we have destroyed counts until the compositor has heard of it: it maps the memory as well.
 * Each window can have a frame more within twice the limit where the compositor holds nothing that
 * it does not show.
 */
#ifndef VMSILO_TRAY_WINDOWS_WINDOW_PICTURES_H
#define VMSILO_TRAY_WINDOWS_WINDOW_PICTURES_H

#include "tray/windows/window/window.h"

#define PICTURES_FACTOR 2 /* times the limit is the most that there is */

/* Bytes that are mapped for pictures of the VM's windows, here or by the compositor. */
uint64_t pictures_bytes(const struct view *view);
/* One of the window's that the compositor does not hold, in this size; *ret_made: its pixels are
 * any, not what they were. 0; UV_EAGAIN: not before one is released (guest.h: on_room); UV_ENOMEM.
 */
int picture_take(struct window *window, int32_t width, int32_t height, bool opaque, int *ret_at,
	bool *ret_made);
/* A frame of the window has ended: what is of no use any more goes. */
void pictures_trim(struct window *window);
/* All of the window's that are neither shown nor held go; and all, with the window. */
void pictures_drop(struct window *window);
void pictures_finish(struct window *window);
/* The compositor is not awaited any more. */
void pictures_leave(struct view *view);

#endif
