/* The host's keyboard: its keymap, its modifiers and its keys, for the window that has it. */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_INPUT_KEYBOARD_H
#define VMSILO_TRAY_WINDOWS_GUEST_INPUT_KEYBOARD_H

#include <wlr/types/wlr_keyboard.h>

#include "tray/windows/guest/input/x11-wait.h"
#include "tray/windows/guest/shell/window.h"

struct keyboard {
	struct server *server;
	struct x11_wait *wait;
	struct wlr_keyboard wlr;
	struct xkb_context *context;
	struct window *focus; /* NULL: none has it */
};

int keyboard_init(struct keyboard *keyboard, struct server *server, struct x11_wait *wait);
void keyboard_finish(struct keyboard *keyboard);

void keyboard_keymap(struct keyboard *keyboard, const Vmsilo__Windows__Keymap *message);
void keyboard_repeat(struct keyboard *keyboard, const Vmsilo__Windows__Repeat *message);
void keyboard_focus(struct keyboard *keyboard, const Vmsilo__Windows__Focus *message);
void keyboard_modifiers(struct keyboard *keyboard, const Vmsilo__Windows__Modifiers *message);
void keyboard_key(struct keyboard *keyboard, const Vmsilo__Windows__Key *message);

/* The window goes. */
void keyboard_forget(struct keyboard *keyboard, const struct window *window);
void keyboard_leave(struct keyboard *keyboard);

#endif
