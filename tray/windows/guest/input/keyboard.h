/* The host's keyboard: its keymap, its modifiers and its keys, for the window that has it. */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_INPUT_KEYBOARD_H
#define VMSILO_TRAY_WINDOWS_GUEST_INPUT_KEYBOARD_H

#include <uv.h>
#include <wlr/types/wlr_keyboard.h>

#include "tray/windows/guest/shell/window.h"

#define KEYBOARD_WAIT_MS 1000 /* for X11's focus: a program may have the server for itself */

struct keyboard {
	struct server *server;
	struct wlr_keyboard wlr;
	struct xkb_context *context;
	struct window *focus; /* NULL: none has it */
	/* Until X11 has given its focus to the window that has the keyboard the host is not read,
	 * so that all it says stays in its order. */
	bool waits;
	unsigned int x11_asked;
	uv_timer_t timer;
};

int keyboard_init(struct keyboard *keyboard, struct server *server);
void keyboard_finish(struct keyboard *keyboard);

void keyboard_keymap(struct keyboard *keyboard, const Vmsilo__Windows__Keymap *message);
void keyboard_repeat(struct keyboard *keyboard, const Vmsilo__Windows__Repeat *message);
void keyboard_focus(struct keyboard *keyboard, const Vmsilo__Windows__Focus *message);
void keyboard_modifiers(struct keyboard *keyboard, const Vmsilo__Windows__Modifiers *message);
void keyboard_key(struct keyboard *keyboard, const Vmsilo__Windows__Key *message);

/* Reads on, once X11 has answered: true then, and what it said with the answer was read as well. */
bool keyboard_answered(struct keyboard *keyboard);

/* The window goes. */
void keyboard_forget(struct keyboard *keyboard, const struct window *window);
void keyboard_leave(struct keyboard *keyboard);

#endif
