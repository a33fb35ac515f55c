/* The seat's keyboard: the host's keymap, who has the focus, keys behind their modifiers. */
#ifndef VMSILO_TRAY_WINDOWS_INPUT_KEYBOARD_H
#define VMSILO_TRAY_WINDOWS_INPUT_KEYBOARD_H

#include <uv.h>
#include <wayland-client.h>
#include <xkbcommon/xkbcommon.h>

#include "proto/limits.h"
#include "tray/windows/input/chord.h"

struct input;

struct keyboard {
	struct wl_keyboard *keyboard; /* NULL: there is none */
	struct xkb_context *context;
	struct xkb_keymap *keymap;
	struct xkb_state *state;
	char *text; /* of the keymap; NULL: none yet */
	size_t text_length;
	int32_t rate, delay_ms; /* of repeating; rate -1: not told */
	uint32_t window;        /* that the compositor gave it to; 0: none of ours */
	uint32_t told;          /* that the guest believes to have it */
	uint32_t modifiers[4];  /* depressed, latched, locked, group */
	struct chord copy, paste;
	uint32_t eaten[2];               /* keys of chords, which the guest does not see */
	uint32_t serial;                 /* of the last key */
	uint32_t keys[WINDOWS_KEYS_MAX]; /* that are held, as the guest knows them */
	unsigned int keys_count;
	uv_timer_t deaf; /* until a window that came by itself hears something */
};

int keyboard_init(struct input *input);
void keyboard_finish(struct input *input);
/* Whether the seat has one. It is got anew each time. */
void keyboard_set(struct input *input, bool there);
void keyboard_set_chords(struct input *input, const char *copy, const char *paste);
void keyboard_on_open(struct input *input);

#endif
