/* The seat's pointer: over content the guest's, over a frame ours. */
#ifndef VMSILO_TRAY_WINDOWS_INPUT_POINTER_H
#define VMSILO_TRAY_WINDOWS_INPUT_POINTER_H

#include <stdbool.h>
#include <stdint.h>
#include <wayland-client.h>

#include "tray/windows/input/frame-press.h"

#define POINTER_BUTTONS_MAX 8

struct input;
struct window;

/* Of one axis, until the compositor's frame. */
struct pointer_axis {
	wl_fixed_t value;
	int32_t value120;
	uint32_t time;
	bool moved, stopped, inverted;
};

struct pointer {
	struct wl_pointer *pointer; /* NULL: there is none */
	uint32_t window;            /* that it is over; 0: none */
	bool on_content;
	uint32_t serial;                       /* of entering */
	wl_fixed_t x, y;                       /* in that surface, logical */
	uint32_t told;                         /* window that the guest believes it to be in */
	uint32_t buttons[POINTER_BUTTONS_MAX]; /* that went down in content */
	unsigned int buttons_count;
	struct pointer_axis axes[2];
	uint32_t source;
	struct frame_press frame;
};

void pointer_set(struct input *input, bool there);

/* Tells the guest that it entered, moved, left; x, y in the window's content, logical. For drags,
 * during which the compositor says this by another way. */
void pointer_enter_send(
	struct input *input, const struct window *window, wl_fixed_t x, wl_fixed_t y);
void pointer_motion_send(struct input *input, const struct window *window, uint32_t time,
	wl_fixed_t x, wl_fixed_t y);
void pointer_leave_send(struct input *input);
void pointer_frame_send(struct input *input);

#endif
