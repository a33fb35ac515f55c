/*
 * A subsurface that hangs over its window, as a menu that a toolkit makes so: the host would cut
 * it, so it is a popup of the window, with all that is above it.
 */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_SHELL_OVERHANG_H
#define VMSILO_TRAY_WINDOWS_GUEST_SHELL_OVERHANG_H

#include "tray/windows/guest/shell/member.h"

/* Whether the surface, at box in the window's picture, is one. */
bool overhang_is(
	const struct window *owner, struct wlr_surface *surface, const struct wlr_box *box);
/* The popup for it, made if need be; the owner itself where there is no memory. */
struct window *overhang_take(
	struct window *owner, struct member *member, const struct wlr_box *box);
/* From a place in the owner's picture to one in the target's. */
void overhang_shift(const struct window *target, const struct window *owner, struct wlr_box *box);
/* Those of the owner that this walk did not meet end. */
void overhangs_end(struct window *owner, unsigned int walk);

#endif
