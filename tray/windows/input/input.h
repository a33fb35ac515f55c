/*
 * The user's hands: keyboard, pointer, fingers and input method of the seat, as messages to the
 * guest; and the pointer's looks. What happens on a frame is ours and never the guest's.
 */
#ifndef VMSILO_TRAY_WINDOWS_INPUT_INPUT_H
#define VMSILO_TRAY_WINDOWS_INPUT_INPUT_H

#include "tray/windows/input/constraint.h"
#include "tray/windows/input/cursor.h"
#include "tray/windows/input/keyboard.h"
#include "tray/windows/input/pointer.h"
#include "tray/windows/input/text-input.h"
#include "tray/windows/input/touch.h"
#include "tray/windows/window/view.h"

/* A window that a VM without focus shows by itself may get in the way of what is being typed: so
 * long it hears nothing. */
#define INPUT_DEAF_MS 300

struct input_ops {
	/* The user pressed a chord: the clipboard is to cross. serial: of the key. */
	void (*on_chord)(void *data, bool copy, uint32_t serial);
	/* He typed or clicked in a window. */
	void (*on_use)(void *data);
};

struct input {
	struct view *view;
	const struct input_ops *ops;
	void *data;
	struct wl_seat *seat; /* NULL: there is none */
	struct keyboard keyboard;
	struct pointer pointer;
	struct touch touch;
	struct cursor cursor;
	struct constraint constraint;
	struct text_input text_input;
};

int input_init(struct input *input, struct view *view, const struct input_ops *ops, void *data);
/* Closes its handles, too. */
void input_finish(struct input *input);
/* It is there, or has other things now (wl_seat's capabilities); NULL: it went. */
void input_set_seat(struct input *input, struct wl_seat *seat, uint32_t capabilities);
/* "Ctrl+Alt+C"; one that is none has no effect, and is said. */
void input_set_chords(struct input *input, const char *copy, const char *paste);
/* The guest is there: keymap, repeat, and who has the keyboard. */
void input_on_open(struct input *input);
/* A message of the guest's about input; false: it is about something else. */
bool input_on_message(struct input *input, uint16_t type, const ProtobufCMessage *message);

/* A press or a key in a window of ours, with its serial. */
void input_used(struct input *input);
/* Whether a window came by itself so lately that what the user does was not meant for it. */
bool input_is_deaf(const struct input *input, const struct window *window);

#endif
