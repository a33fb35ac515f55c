/* The seat's data device: the desktop's selection, and drags. Drags inside the VM follow the
 * pointer by a drag of ours with a type that nobody else knows; those of others are refused. */
#ifndef VMSILO_TRAY_WINDOWS_CLIPBOARD_DEVICE_H
#define VMSILO_TRAY_WINDOWS_CLIPBOARD_DEVICE_H

#include "tray/windows/clipboard/clipboard.h"
#include "tray/windows/desktop/picture.h"
#include "tray/windows/input/input.h"

struct device {
	struct input *input;
	struct clipboard *clipboard;
	bool drags_allowed;
	struct offer *offered;      /* announced, and neither selection nor drag yet */
	struct source source;       /* of a drag of ours; the rest is of it */
	struct wl_callback *asked;  /* whether the compositor has begun it */
	struct wl_surface *another; /* to ask for it by, if not; NULL */
	struct wl_surface *icon;
	struct wp_viewport *viewport;
	struct picture picture;
	struct offer *over; /* what is dragged over a window of ours, by whomever */
	uint32_t window;    /* of ours, over which it is; 0: none */
	uint32_t serial;    /* with which it came there */
	bool framed;        /* places are of the window with its frame: kwin knows no other */
	bool inside;        /* over the content */
	bool dropped;
};

void device_init(struct device *device, struct input *input, struct clipboard *clipboard);
/* NULL: the seat went. */
void device_set_seat(struct device *device, struct wl_seat *seat);
/* A program of the VM began to drag. */
void device_drag(struct device *device, const Vmsilo__Windows__Drag *message);
void device_finish(struct device *device);

#endif
