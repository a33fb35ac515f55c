/*
 * Where a popup goes, in the terms of xdg_positioner: the compositor chooses, within what is asked.
 * Whatever the guest says, the popup's frame touches its parent's frame or lies over it, and is not
 * larger than the screen: nothing of a VM stands alone on the desktop, or covers it. Pure.
 */
#ifndef VMSILO_TRAY_WINDOWS_WINDOW_PLACE_H
#define VMSILO_TRAY_WINDOWS_WINDOW_PLACE_H

#include <stdint.h>

#include "proto/windows.pb-c.h"
#include "tray/windows/draw/frame.h"

/* The parent's frame, logical, and where in it the content is that the guest counts from. */
struct place_parent {
	int32_t width, height, content_x, content_y;
};

/* In logical pixels, from the corner of the parent's frame. */
struct place {
	struct frame_box anchor;    /* within the parent's frame */
	int32_t width, height;      /* of the popup's frame */
	uint32_t anchored, towards; /* edges of windows.proto: the anchor's, and the gravity's */
	int32_t offset_x, offset_y;
	uint32_t adjustment; /* as xdg_positioner's */
};

/* message: checked. scale: of the popup's content. most_width, most_height: of its frame. */
void place_make(const Vmsilo__Windows__Popup *message, uint32_t scale,
	const struct place_parent *parent, int32_t most_width, int32_t most_height,
	struct place *ret);

#endif
