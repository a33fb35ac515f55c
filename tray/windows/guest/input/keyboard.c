#include "tray/windows/guest/input/keyboard.h"

#include <string.h>
#include <wlr/interfaces/wlr_keyboard.h>
#include <xkbcommon/xkbcommon.h>

#include "proto/base/log.h"
#include "tray/windows/guest/programs/x11.h"
#include "tray/windows/guest/shell/wlroots.h"

#define REPEAT_RATE 25 /* until the host has said */
#define REPEAT_DELAY_MS 600

static const struct wlr_keyboard_impl keyboard_impl = {.name = "vmsilo"};

/* Programs get a copy of 64 KiB each, so only when it is another. */
static void keymap_use(struct keyboard *keyboard, struct xkb_keymap *keymap)
{
	if (keyboard->wlr.keymap && wlr_keyboard_keymaps_match(keyboard->wlr.keymap, keymap))
		return;
	wlr_keyboard_set_keymap(&keyboard->wlr, keymap);
}

int keyboard_init(struct keyboard *keyboard, struct server *server, struct x11_wait *wait)
{
	keyboard->server = server;
	keyboard->wait = wait;
	keyboard->context = xkb_context_new(XKB_CONTEXT_NO_FLAGS);
	if (!keyboard->context)
		return UV_ENOMEM;
	wlr_keyboard_init(&keyboard->wlr, &keyboard_impl, "vmsilo");
	struct xkb_keymap *keymap =
		xkb_keymap_new_from_names(keyboard->context, NULL, XKB_KEYMAP_COMPILE_NO_FLAGS);
	if (!keymap) {
		log_error(NULL, "there is no keymap; is the package xkb-data installed?");
		return UV_ENOENT;
	}
	keymap_use(keyboard, keymap);
	xkb_keymap_unref(keymap);
	wlr_keyboard_set_repeat_info(&keyboard->wlr, REPEAT_RATE, REPEAT_DELAY_MS);
	wlr_seat_set_keyboard(server->seat, &keyboard->wlr);
	return 0;
}

void keyboard_finish(struct keyboard *keyboard)
{
	wlr_keyboard_finish(&keyboard->wlr);
	xkb_context_unref(keyboard->context);
}

void keyboard_keymap(struct keyboard *keyboard, const Vmsilo__Windows__Keymap *message)
{
	struct xkb_keymap *keymap =
		xkb_keymap_new_from_buffer(keyboard->context, (const char *)message->text.data,
			message->text.len, XKB_KEYMAP_FORMAT_TEXT_V1, XKB_KEYMAP_COMPILE_NO_FLAGS);

	if (!keymap) {
		log_warning(NULL, "the host's keymap is not understood; the one before stays");
		return;
	}
	keymap_use(keyboard, keymap);
	xkb_keymap_unref(keymap);
}

void keyboard_repeat(struct keyboard *keyboard, const Vmsilo__Windows__Repeat *message)
{
	if (message->rate <= 1000 && message->delay_ms <= 100000)
		wlr_keyboard_set_repeat_info(
			&keyboard->wlr, (int32_t)message->rate, (int32_t)message->delay_ms);
}

static void keys_hold(struct keyboard *keyboard, const uint32_t *keys, size_t count)
{
	keyboard->wlr.num_keycodes = count < WLR_KEYBOARD_KEYS_CAP ? count : WLR_KEYBOARD_KEYS_CAP;
	if (count > 0)
		memcpy(keyboard->wlr.keycodes, keys, keyboard->wlr.num_keycodes * sizeof(*keys));
}

void keyboard_focus(struct keyboard *keyboard, const Vmsilo__Windows__Focus *message)
{
	struct wlr_seat *seat = keyboard->server->seat;
	struct window *window = window_find(keyboard->server, message->window);

	keys_hold(keyboard, message->keys, message->n_keys);
	/* A menu of X11 takes its keys by its parent, which must not see that it lost them. */
	while (window && window->x11 && window->kind->popup && window->parent)
		window = window->parent;
	keyboard->focus = window;
	if (!window || !window->surface) {
		wlr_seat_keyboard_notify_clear_focus(seat);
		return;
	}
	if (window->x11) {
		x11_focus(window);
		x11_wait_begin(keyboard->wait);
	}
	wlr_seat_keyboard_notify_enter(seat, window->surface, keyboard->wlr.keycodes,
		keyboard->wlr.num_keycodes, &keyboard->wlr.modifiers);
}

void keyboard_modifiers(struct keyboard *keyboard, const Vmsilo__Windows__Modifiers *message)
{
	wlr_keyboard_notify_modifiers(&keyboard->wlr, message->depressed, message->latched,
		message->locked, message->group);
	wlr_seat_keyboard_notify_modifiers(keyboard->server->seat, &keyboard->wlr.modifiers);
}

void keyboard_key(struct keyboard *keyboard, const Vmsilo__Windows__Key *message)
{
	struct wlr_keyboard_key_event event = {
		.time_msec = message->time_ms,
		.keycode = message->key,
		.update_state = false, /* modifiers come by themselves */
		.state = message->pressed ? WL_KEYBOARD_KEY_STATE_PRESSED
					  : WL_KEYBOARD_KEY_STATE_RELEASED,
	};

	wlr_keyboard_notify_key(&keyboard->wlr, &event);
	wlr_seat_keyboard_notify_key(
		keyboard->server->seat, event.time_msec, event.keycode, event.state);
}

void keyboard_forget(struct keyboard *keyboard, const struct window *window)
{
	if (keyboard->focus == window)
		keyboard->focus = NULL;
}

void keyboard_leave(struct keyboard *keyboard)
{
	keyboard->focus = NULL;
	keys_hold(keyboard, NULL, 0);
	wlr_keyboard_notify_modifiers(&keyboard->wlr, 0, 0, 0, 0);
	wlr_seat_keyboard_notify_clear_focus(keyboard->server->seat);
}
