#include "tray/windows/input/keyboard.h"

#include <linux/input-event-codes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "proto/base/log.h"
#include "proto/wire/frame.h"
#include "tray/windows/input/input.h"
#include "tray/windows/window/window.h"

#define XKB_OFFSET 8 /* between evdev's codes and xkb's */

/* ---- what the guest is told ---- */

static void keymap_send(const struct input *input)
{
	Vmsilo__Windows__Keymap message = VMSILO__WINDOWS__KEYMAP__INIT;
	const struct keyboard *keyboard = &input->keyboard;

	if (!keyboard->text)
		return;
	message.text.data = (uint8_t *)keyboard->text;
	message.text.len = keyboard->text_length;
	guest_send(&input->view->guest, FRAME_WINDOWS_KEYMAP, &message.base);
}

static void repeat_send(const struct input *input)
{
	Vmsilo__Windows__Repeat message = VMSILO__WINDOWS__REPEAT__INIT;

	if (input->keyboard.rate < 0)
		return;
	message.rate = (uint32_t)input->keyboard.rate;
	message.delay_ms = (uint32_t)input->keyboard.delay_ms;
	guest_send(&input->view->guest, FRAME_WINDOWS_REPEAT, &message.base);
}

static void modifiers_send(const struct input *input)
{
	Vmsilo__Windows__Modifiers message = VMSILO__WINDOWS__MODIFIERS__INIT;
	const uint32_t *modifiers = input->keyboard.modifiers;

	message.depressed = modifiers[0];
	message.latched = modifiers[1];
	message.locked = modifiers[2];
	message.group = modifiers[3];
	guest_send(&input->view->guest, FRAME_WINDOWS_MODIFIERS, &message.base);
}

static void focus_send(struct input *input, uint32_t window)
{
	Vmsilo__Windows__Focus message = VMSILO__WINDOWS__FOCUS__INIT;
	struct keyboard *keyboard = &input->keyboard;

	if (keyboard->told == window)
		return;
	keyboard->told = window;
	message.window = window;
	message.keys = keyboard->keys;
	message.n_keys = window ? keyboard->keys_count : 0;
	guest_send(&input->view->guest, FRAME_WINDOWS_FOCUS, &message.base);
	if (window)
		modifiers_send(input);
	constraint_update(input);
}

void keyboard_on_open(struct input *input)
{
	uint32_t told = input->keyboard.told;

	keymap_send(input);
	repeat_send(input);
	input->keyboard.told = 0;
	focus_send(input, told);
}

/* ---- focus ---- */

static void focus_apply(struct input *input)
{
	struct keyboard *keyboard = &input->keyboard;
	const struct window *window = window_find(input->view, keyboard->window);

	uv_timer_stop(&keyboard->deaf);
	if (!window || !input_is_deaf(input, window)) {
		focus_send(input, window ? window->id : 0);
		return;
	}
	/* What is pressed meanwhile is nobody's, also when it is let go. */
	keyboard->keys_count = 0;
	focus_send(input, 0);
}

static void on_deaf(uv_timer_t *timer)
{
	focus_apply(timer->data);
}

static void keys_take(struct keyboard *keyboard, const struct wl_array *keys)
{
	const uint32_t *key;

	keyboard->keys_count = 0;
	wl_array_for_each (key, keys)
		if (keyboard->keys_count < WINDOWS_KEYS_MAX)
			keyboard->keys[keyboard->keys_count++] = *key;
}

static void on_enter(void *data, struct wl_keyboard *handle, uint32_t serial,
	struct wl_surface *surface, struct wl_array *keys)
{
	struct input *input = data;
	struct keyboard *keyboard = &input->keyboard;
	const struct window_tag *tag = window_tag_of(surface);

	(void)handle;
	if (!tag)
		return;
	keyboard->window = tag->window->id;
	keyboard->serial = serial;
	input->view->focused = keyboard->window;
	keys_take(keyboard, keys);
	focus_apply(input);
	if (keyboard->told != keyboard->window)
		uv_timer_start(&keyboard->deaf, on_deaf, INPUT_DEAF_MS, 0);
}

static void on_leave(
	void *data, struct wl_keyboard *handle, uint32_t serial, struct wl_surface *surface)
{
	struct input *input = data;

	(void)handle;
	(void)serial;
	(void)surface;
	input->keyboard.window = 0;
	input->view->focused = 0;
	memset(input->keyboard.eaten, 0, sizeof(input->keyboard.eaten));
	focus_apply(input);
}

/* ---- keys ---- */

/* One of ours; its release goes the same way. */
static bool chord_take(struct input *input, uint32_t serial, uint32_t key, bool pressed)
{
	struct keyboard *keyboard = &input->keyboard;
	const struct chord *chords[] = {&keyboard->copy, &keyboard->paste};

	for (int i = 0; i < 2; i++) {
		if (!pressed && keyboard->eaten[i] == key) {
			keyboard->eaten[i] = 0;
			return true;
		}
		if (pressed && keyboard->state &&
			chord_matches(chords[i], keyboard->state, key + XKB_OFFSET)) {
			keyboard->eaten[i] = key;
			input->ops->on_chord(input->data, i == 0, serial);
			return true;
		}
	}
	return false;
}

static bool key_is_held(const struct keyboard *keyboard, uint32_t key)
{
	for (unsigned int i = 0; i < keyboard->keys_count; i++)
		if (keyboard->keys[i] == key)
			return true;
	return false;
}

static void key_note(struct keyboard *keyboard, uint32_t key, bool pressed)
{
	unsigned int to = 0;

	for (unsigned int i = 0; i < keyboard->keys_count; i++)
		if (keyboard->keys[i] != key)
			keyboard->keys[to++] = keyboard->keys[i];
	keyboard->keys_count = to;
	if (pressed && to < WINDOWS_KEYS_MAX)
		keyboard->keys[keyboard->keys_count++] = key;
}

static void on_key(void *data, struct wl_keyboard *handle, uint32_t serial, uint32_t time,
	uint32_t key, uint32_t state)
{
	struct input *input = data;
	struct keyboard *keyboard = &input->keyboard;
	Vmsilo__Windows__Key message = VMSILO__WINDOWS__KEY__INIT;
	bool pressed = state == WL_KEYBOARD_KEY_STATE_PRESSED;

	(void)handle;
	keyboard->serial = serial;
	if (keyboard->told == 0 || (!pressed && !key_is_held(keyboard, key) &&
					   keyboard->keys_count < WINDOWS_KEYS_MAX))
		return;
	input_used(input);
	if (pressed) {
		input->view->press.serial = serial;
		input->view->press.window = keyboard->told;
	}
	if (key == KEY_ESC)
		constraint_on_escape(input, pressed);
	if (chord_take(input, serial, key, pressed))
		return;
	key_note(keyboard, key, pressed);
	message.time_ms = time;
	message.key = key;
	message.pressed = pressed;
	guest_send(&input->view->guest, FRAME_WINDOWS_KEY, &message.base);
}

static void on_modifiers(void *data, struct wl_keyboard *handle, uint32_t serial,
	uint32_t depressed, uint32_t latched, uint32_t locked, uint32_t group)
{
	struct input *input = data;
	struct keyboard *keyboard = &input->keyboard;

	(void)handle;
	(void)serial;
	keyboard->modifiers[0] = depressed;
	keyboard->modifiers[1] = latched;
	keyboard->modifiers[2] = locked;
	keyboard->modifiers[3] = group;
	if (keyboard->state)
		xkb_state_update_mask(keyboard->state, depressed, latched, locked, 0, 0, group);
	if (keyboard->told)
		modifiers_send(input);
}

static void on_repeat(void *data, struct wl_keyboard *handle, int32_t rate, int32_t delay)
{
	struct input *input = data;

	(void)handle;
	input->keyboard.rate = rate > 0 ? rate : 0;
	input->keyboard.delay_ms = delay > 0 ? delay : 0;
	repeat_send(input);
}

/* ---- the keymap ---- */

static void keymap_compile(struct keyboard *keyboard)
{
	xkb_state_unref(keyboard->state);
	xkb_keymap_unref(keyboard->keymap);
	keyboard->state = NULL;
	keyboard->keymap = xkb_keymap_new_from_buffer(keyboard->context, keyboard->text,
		keyboard->text_length, XKB_KEYMAP_FORMAT_TEXT_V1, XKB_KEYMAP_COMPILE_NO_FLAGS);
	if (keyboard->keymap)
		keyboard->state = xkb_state_new(keyboard->keymap);
}

/* Compositors send it again for each device, and with each focus: only another one is news. */
static void keymap_take(struct input *input, const char *text, size_t length)
{
	struct keyboard *keyboard = &input->keyboard;

	if (keyboard->text && length == keyboard->text_length &&
		memcmp(keyboard->text, text, length) == 0)
		return;
	char *copy = malloc(length);
	if (!copy)
		return;
	memcpy(copy, text, length);
	free(keyboard->text);
	keyboard->text = copy;
	keyboard->text_length = length;
	keymap_compile(keyboard);
	keymap_send(input);
}

static void on_keymap(
	void *data, struct wl_keyboard *handle, uint32_t format, int fd, uint32_t size)
{
	struct input *input = data;
	void *text = MAP_FAILED;

	(void)handle;
	if (format == WL_KEYBOARD_KEYMAP_FORMAT_XKB_V1 && size > 0 &&
		size <= FRAME_WINDOWS_KEYMAP_MAX - 8)
		text = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	else
		log_warning(input->view->vm,
			"the compositor's keymap of %u bytes cannot be used: keys may mean "
			"something else in the VM",
			size);
	if (text != MAP_FAILED) {
		keymap_take(input, text, strnlen(text, size));
		munmap(text, size);
	}
	close(fd);
}

static const struct wl_keyboard_listener listener = {
	.keymap = on_keymap,
	.enter = on_enter,
	.leave = on_leave,
	.key = on_key,
	.modifiers = on_modifiers,
	.repeat_info = on_repeat,
};

/* ---- life ---- */

void keyboard_set(struct input *input, bool there)
{
	struct keyboard *keyboard = &input->keyboard;

	if (keyboard->keyboard && !there) {
		keyboard->window = 0;
		input->view->focused = 0;
		focus_apply(input);
		wl_keyboard_release(keyboard->keyboard);
		keyboard->keyboard = NULL;
	} else if (!keyboard->keyboard && there) {
		keyboard->keyboard = wl_seat_get_keyboard(input->seat);
		wl_keyboard_add_listener(keyboard->keyboard, &listener, input);
	}
}

static void chord_set(
	const struct input *input, struct chord *chord, const char *text, const char *what)
{
	if (chord_parse(text, chord) < 0)
		log_warning(input->view->vm,
			"'%s' is no chord, such as Ctrl+Alt+C: the clipboard is not %s by keys",
			text, what);
}

void keyboard_set_chords(struct input *input, const char *copy, const char *paste)
{
	chord_set(input, &input->keyboard.copy, copy, "taken out");
	chord_set(input, &input->keyboard.paste, paste, "given");
}

int keyboard_init(struct input *input)
{
	struct keyboard *keyboard = &input->keyboard;

	keyboard->rate = -1;
	keyboard->context =
		xkb_context_new(XKB_CONTEXT_NO_DEFAULT_INCLUDES | XKB_CONTEXT_NO_ENVIRONMENT_NAMES);
	keyboard->deaf.data = input;
	return keyboard->context ? uv_timer_init(input->view->loop, &keyboard->deaf) : UV_ENOMEM;
}

void keyboard_finish(struct input *input)
{
	struct keyboard *keyboard = &input->keyboard;

	xkb_state_unref(keyboard->state);
	xkb_keymap_unref(keyboard->keymap);
	xkb_context_unref(keyboard->context);
	free(keyboard->text);
	if (keyboard->deaf.loop)
		uv_close((uv_handle_t *)&keyboard->deaf, NULL);
}
