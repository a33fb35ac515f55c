/* From two pictures to the pieces of a frame. */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_PIXELS_FRAME_PIECES_H
#define VMSILO_TRAY_WINDOWS_GUEST_PIXELS_FRAME_PIECES_H

#include <stdbool.h>

#include "tray/windows/guest/pixels/scroll.h"

/* Finds what makes shown equal to next inside the areas, and makes it so. whole: shown has no
 * picture yet, so that all of it is sent. 0 or UV_ENOMEM: shown is not to be relied on any more. */
int frame_pieces(struct scroll *scroll, const struct picture *shown, const struct picture *next,
	const struct area *areas, size_t count, bool whole, struct pieces *ret);

#endif
