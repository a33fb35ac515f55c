/*
 * The frame around a guest's pixels, in logical pixels: how wide it is in which state, where its
 * parts are, and what is under a place. Pure.
 *
 *   +--------------------------------+   border, in the VM's colour
 *   | [VM] title            _  [] x  |   the label's place: never the guest's; where the compositor
 *   |                                |   draws titles, and in fullscreen, lower and with [VM] alone
 *   |+------------------------------+|
 *   ||  content                     ||
 *   |+------------------------------+|   what the content leaves of its area is the border's, too
 *   +--------------------------------+
 */
#ifndef VMSILO_TRAY_WINDOWS_DRAW_FRAME_H
#define VMSILO_TRAY_WINDOWS_DRAW_FRAME_H

#include <stdbool.h>
#include <stdint.h>

/* Multiples of 4: whole physical pixels at all usual scales. */
#define FRAME_BORDER 4
#define FRAME_TITLE 24
#define FRAME_STRIP 16 /* the top of a frame without a title */
#define FRAME_POPUP_BORDER 2
#define FRAME_BUTTON 28     /* width of each */
#define FRAME_CORNER 16     /* from a corner, both edges are resized */
#define FRAME_WIDTH_MIN 160 /* the VM's name and three buttons */

/* What of it there is. */
struct frame_style {
	bool popup;
	bool titled; /* by us: title and buttons; else a strip with the VM's name */
	bool bare;   /* nothing: the user wants fullscreen windows so */
	bool buttons_maximize, buttons_minimize;
};

struct frame_box {
	int32_t x, y, width, height;
};

enum frame_part {
	FRAME_NOTHING, /* the content, or outside */
	FRAME_MOVE,    /* the title */
	FRAME_EDGE,
	FRAME_CLOSE,
	FRAME_MAXIMIZE,
	FRAME_MINIMIZE,
};

/* It has the VM's name. */
bool frame_is_labelled(const struct frame_style *style);
/* What lies around the content: left, right and bottom; and above it. */
int32_t frame_border(const struct frame_style *style);
int32_t frame_top(const struct frame_style *style);
/* How much room a frame of such a size has for content; 0 where there is none. */
void frame_room(const struct frame_style *style, int32_t width, int32_t height, int32_t *ret_width,
	int32_t *ret_height);
/* How large a frame must be for such a content. */
void frame_around(const struct frame_style *style, int32_t content_width, int32_t content_height,
	int32_t *ret_width, int32_t *ret_height);
/* The place of a button in a frame so wide; a width of 0: it has none, or no room for it. */
struct frame_box frame_button(
	const struct frame_style *style, int32_t width, enum frame_part button);
/* Where the label may be written. */
struct frame_box frame_label(const struct frame_style *style, int32_t width);
/* What is at a place of a frame so large; *ret_edges: as xdg_toplevel.resize_edge. */
enum frame_part frame_part_at(const struct frame_style *style, int32_t width, int32_t height,
	int32_t x, int32_t y, uint32_t *ret_edges);

#endif
