/*
 * A pointer that a program holds (games, remote desktops): only while it is in the program's window
 * and the window has the keyboard, and until the user holds Escape; a click gives it back.
 */
#ifndef VMSILO_TRAY_WINDOWS_INPUT_CONSTRAINT_H
#define VMSILO_TRAY_WINDOWS_INPUT_CONSTRAINT_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>
#include <wayland-client.h>

#include "proto/windows.pb-c.h"

#define CONSTRAINT_ESCAPE_MS 1000 /* that Escape is held to be let go */

struct input;

struct constraint {
	struct zwp_relative_pointer_v1 *relative;
	/* On the content, and on the frame around it: compositors look at the one or the other, the
	 * surface with the pointer or that with the keyboard. */
	struct zwp_locked_pointer_v1 *locked[2];
	struct zwp_confined_pointer_v1 *confined[2];
	unsigned int active; /* of them */
	uint32_t window;     /* that wants it; 0: none */
	Vmsilo__Windows__Constraint wanted, held, told;
	bool escaped; /* the user took it back */
	uv_timer_t escape;
};

int constraint_init(struct input *input);
void constraint_finish(struct input *input);
void constraint_set_pointer(struct input *input, struct wl_pointer *pointer);
void constraint_on_message(struct input *input, const Vmsilo__Windows__PointerConstraint *message);
/* The pointer or the focus is elsewhere. */
void constraint_update(struct input *input);
void constraint_on_escape(struct input *input, bool pressed);
void constraint_on_click(struct input *input, bool pressed);

#endif
