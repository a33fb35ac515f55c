/* The seat's touch screen: fingers on content the guest's, on a frame ours. */
#ifndef VMSILO_TRAY_WINDOWS_INPUT_TOUCH_H
#define VMSILO_TRAY_WINDOWS_INPUT_TOUCH_H

#include <stdbool.h>
#include <stdint.h>
#include <wayland-client.h>

#define TOUCH_FINGERS_MAX 16 /* more are left alone */

struct input;

struct touch_finger {
	uint32_t window; /* 0: a free place */
	int32_t id;
};

struct touch {
	struct wl_touch *touch; /* NULL: there is none */
	struct touch_finger fingers[TOUCH_FINGERS_MAX];
};

void touch_set(struct input *input, bool there);

#endif
