/*
 * The pointer's looks: the guest's over its content, by a shape's name or as a bounded picture;
 * ours over a frame. Where the compositor knows no shapes they come from the user's cursor theme,
 * which is read before the sandbox.
 */
#ifndef VMSILO_TRAY_WINDOWS_INPUT_CURSOR_H
#define VMSILO_TRAY_WINDOWS_INPUT_CURSOR_H

#include <stdbool.h>
#include <stdint.h>
#include <wayland-client.h>

#include "proto/windows.pb-c.h"
#include "tray/windows/desktop/picture.h"

struct input;
struct desktop;
struct wl_cursor_theme;

struct cursor {
	struct wl_pointer *pointer;
	struct wp_cursor_shape_device_v1 *device; /* NULL: not offered */
	struct wl_cursor_theme *theme;            /* NULL: not needed */
	uint32_t theme_scale;
	struct wl_surface *surface;
	struct wp_viewport *viewport;
	/* The guest's. */
	uint32_t shape; /* 0: the picture */
	struct picture pictures[2];
	int current;                         /* of them; -1: none: no cursor */
	int32_t width, height, hot_x, hot_y; /* physical */
	uint32_t scale;
};

/* Reads the theme, if there will be need of it. */
void cursor_load(struct cursor *cursor, struct desktop *desktop);
void cursor_finish(struct input *input);
void cursor_set_pointer(struct input *input, struct wl_pointer *pointer);
void cursor_on_message(struct input *input, const Vmsilo__Windows__Cursor *message);
/* The pointer is elsewhere. */
void cursor_update(struct input *input);

#endif
