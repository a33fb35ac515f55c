/* What the pointer does on a frame: moves and resizes the window, closes, maximises, minimises it,
 * and opens its menu. */
#ifndef VMSILO_TRAY_WINDOWS_INPUT_FRAME_PRESS_H
#define VMSILO_TRAY_WINDOWS_INPUT_FRAME_PRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <wayland-client.h>

#include "tray/windows/draw/frame.h"

#define FRAME_PRESS_DOUBLE_MS 400
#define FRAME_PRESS_DRAG 4 /* logical pixels from which a press on the title moves the window */

struct input;
struct window;

struct frame_press {
	enum frame_part under; /* where it is */
	uint32_t edges;
	enum frame_part pressed; /* where it went down; FRAME_NOTHING: it is up */
	uint32_t serial, time;
	wl_fixed_t x, y;
	uint32_t clicked_window, clicked_at; /* for a second click on the title */
};

void frame_press_enter(struct input *input, struct window *window, wl_fixed_t x, wl_fixed_t y);
void frame_press_leave(struct input *input, struct window *window);
void frame_press_motion(struct input *input, struct window *window, wl_fixed_t x, wl_fixed_t y);
void frame_press_button(struct input *input, struct window *window, uint32_t serial, uint32_t time,
	uint32_t button, bool pressed);
/* A finger that went down there. */
void frame_press_touch(
	struct input *input, struct window *window, uint32_t serial, wl_fixed_t x, wl_fixed_t y);

#endif
