/*
 * A Wayland compositor that is played, on libwayland's own server: it says what the protocol allows
 * when its owner wants, and ends the process where the client does what any of sway, weston, mutter
 * or kwin would end a client for. One at a time.
 */
#ifndef VMSILO_TESTS_COMPOSITOR_H
#define VMSILO_TESTS_COMPOSITOR_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/fuzz/input.h"

/* What is offered beside what no client can do without. */
enum compositor_offer {
	COMPOSITOR_DECORATION = 1 << 0,
	COMPOSITOR_FRACTIONAL = 1 << 1,
	COMPOSITOR_SHAPES = 1 << 2, /* of cursors; else themes are read from files, which is slow */
	COMPOSITOR_TEXT_INPUT = 1 << 3,
	COMPOSITOR_POINTERS = 1 << 4, /* relative, constrained */
	COMPOSITOR_ACTIVATION = 1 << 5,
	COMPOSITOR_OLD = 1 << 6, /* xdg_wm_base 2, which cannot move popups */
	COMPOSITOR_XDG_OUTPUT = 1 << 7,
};

/* Takes fd: the client is at its other end. */
void compositor_create(int fd, unsigned int offers);
void compositor_destroy(void);
/* Takes what the client asked for, and sends what it is told. */
void compositor_turn(void);
/* Likewise, while the client waits for something (world.h); it always goes on. data: unused. */
bool compositor_on_wait(void *data);
/* The next of what a user, a screen or another client does, as the input has it. */
void compositor_step(struct input_bytes *in);
/* Where in its parent, and how large, a subsurface is that shows something: x, y, width, height.
 * id: of its wl_surface. */
bool compositor_box(uint32_t id, int32_t ret[4]);
/* It has taken everything that was sent to it. */
bool compositor_is_awake(void);
/* It has ended the connection, as the input wanted it. */
bool compositor_has_gone(void);

#endif
