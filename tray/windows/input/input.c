#include "tray/windows/input/input.h"

#include "proto/wire/frame.h"
#include "tray/windows/window/window.h"

static void capabilities_apply(struct input *input, uint32_t capabilities)
{
	keyboard_set(input, capabilities & WL_SEAT_CAPABILITY_KEYBOARD);
	pointer_set(input, capabilities & WL_SEAT_CAPABILITY_POINTER);
	touch_set(input, capabilities & WL_SEAT_CAPABILITY_TOUCH);
}

void input_set_seat(struct input *input, struct wl_seat *seat, uint32_t capabilities)
{
	if (input->seat != seat) {
		capabilities_apply(input, 0);
		text_input_set(input, seat);
		input->seat = seat;
	}
	if (seat)
		capabilities_apply(input, capabilities);
}

int input_init(struct input *input, struct view *view, const struct input_ops *ops, void *data)
{
	input->view = view; /* the cursor is loaded before */
	input->ops = ops;
	input->data = data;
	int code = keyboard_init(input);

	if (code == 0)
		code = constraint_init(input);
	return code;
}

void input_finish(struct input *input)
{
	if (!input->view)
		return;
	capabilities_apply(input, 0);
	text_input_set(input, NULL);
	keyboard_finish(input);
	constraint_finish(input);
	cursor_finish(input);
}

void input_set_chords(struct input *input, const char *copy, const char *paste)
{
	keyboard_set_chords(input, copy, paste);
}

void input_on_open(struct input *input)
{
	text_input_on_open(input);
	keyboard_on_open(input);
}

bool input_on_message(struct input *input, uint16_t type, const ProtobufCMessage *message)
{
	switch (type) {
	case FRAME_WINDOWS_CURSOR:
		cursor_on_message(input, (const void *)message);
		return true;
	case FRAME_WINDOWS_CONSTRAINT:
		constraint_on_message(input, (const void *)message);
		return true;
	case FRAME_WINDOWS_TEXT_INPUT:
		text_input_on_message(input, (const void *)message);
		return true;
	default:
		return false;
	}
}

void input_used(struct input *input)
{
	if (input->ops && input->ops->on_use)
		input->ops->on_use(input->data);
}

bool input_is_deaf(const struct input *input, const struct window *window)
{
	return !window->asked && uv_now(input->view->loop) - window->mapped_at < INPUT_DEAF_MS;
}
