#include "tray/windows/input/pointer.h"

#include "proto/wire/frame.h"
#include "tray/windows/draw/scale.h"
#include "tray/windows/input/input.h"
#include "tray/windows/window/window.h"

/* ---- what the guest is told ---- */

static void place_set(
	Vmsilo__Windows__Pointer *message, const struct window *window, wl_fixed_t x, wl_fixed_t y)
{
	uint32_t scale = window->content.scale ? window->content.scale : WINDOWS_SCALE_ONE;

	message->window = window->id;
	message->x = scale_fixed(x, scale);
	message->y = scale_fixed(y, scale);
}

static void kind_send(const struct input *input, Vmsilo__Windows__PointerKind kind)
{
	Vmsilo__Windows__Pointer message = VMSILO__WINDOWS__POINTER__INIT;

	message.kind = kind;
	message.window = input->pointer.told;
	guest_send(&input->view->guest, FRAME_WINDOWS_POINTER, &message.base);
}

void pointer_frame_send(struct input *input)
{
	if (input->pointer.told)
		kind_send(input, VMSILO__WINDOWS__POINTER_KIND__POINTER_FRAME);
}

void pointer_enter_send(
	struct input *input, const struct window *window, wl_fixed_t x, wl_fixed_t y)
{
	Vmsilo__Windows__Pointer message = VMSILO__WINDOWS__POINTER__INIT;

	pointer_leave_send(input);
	input->pointer.told = window->id;
	message.kind = VMSILO__WINDOWS__POINTER_KIND__POINTER_ENTER;
	place_set(&message, window, x, y);
	guest_send(&input->view->guest, FRAME_WINDOWS_POINTER, &message.base);
	/* A wheel or a click under a still pointer is lost on programs that saw no motion. */
	pointer_motion_send(input, window, 0, x, y);
}

void pointer_motion_send(
	struct input *input, const struct window *window, uint32_t time, wl_fixed_t x, wl_fixed_t y)
{
	Vmsilo__Windows__Pointer message = VMSILO__WINDOWS__POINTER__INIT;

	message.kind = VMSILO__WINDOWS__POINTER_KIND__POINTER_MOTION;
	message.time_ms = time;
	place_set(&message, window, x, y);
	guest_send_lossy(&input->view->guest, FRAME_WINDOWS_POINTER, &message.base);
}

void pointer_leave_send(struct input *input)
{
	if (!input->pointer.told)
		return;
	kind_send(input, VMSILO__WINDOWS__POINTER_KIND__POINTER_LEAVE);
	kind_send(input, VMSILO__WINDOWS__POINTER_KIND__POINTER_FRAME);
	input->pointer.told = 0;
}

/* ---- where it is ---- */

static struct window *window_under(const struct input *input)
{
	return window_find(input->view, input->pointer.window);
}

static void on_enter(void *data, struct wl_pointer *handle, uint32_t serial,
	struct wl_surface *surface, wl_fixed_t x, wl_fixed_t y)
{
	struct input *input = data;
	struct pointer *pointer = &input->pointer;
	const struct window_tag *tag = window_tag_of(surface);

	(void)handle;
	if (!tag)
		return;
	pointer->window = tag->window->id;
	pointer->on_content = tag->content;
	pointer->serial = serial;
	pointer->x = x;
	pointer->y = y;
	if (tag->content)
		pointer_enter_send(input, tag->window, x, y);
	else
		frame_press_enter(input, tag->window, x, y);
	cursor_update(input);
	constraint_update(input);
}

static void on_leave(
	void *data, struct wl_pointer *handle, uint32_t serial, struct wl_surface *surface)
{
	struct input *input = data;
	struct pointer *pointer = &input->pointer;
	struct window *window = window_under(input);

	(void)handle;
	(void)serial;
	(void)surface;
	pointer_leave_send(input);
	if (window && !pointer->on_content)
		frame_press_leave(input, window);
	pointer->window = 0;
	pointer->buttons_count = 0;
	/* Whoever has the pointer now hears when the button is let go. */
	input->view->press.down = false;
	constraint_update(input);
}

static void on_motion(
	void *data, struct wl_pointer *handle, uint32_t time, wl_fixed_t x, wl_fixed_t y)
{
	struct input *input = data;
	struct window *window = window_under(input);

	(void)handle;
	input->pointer.x = x;
	input->pointer.y = y;
	if (!window)
		return;
	if (input->pointer.on_content)
		pointer_motion_send(input, window, time, x, y);
	else
		frame_press_motion(input, window, x, y);
}

/* ---- buttons ---- */

static bool button_forget(struct pointer *pointer, uint32_t button)
{
	for (unsigned int i = 0; i < pointer->buttons_count; i++)
		if (pointer->buttons[i] == button) {
			pointer->buttons[i] = pointer->buttons[--pointer->buttons_count];
			return true;
		}
	return false;
}

static void press_note(struct input *input, const struct window *window, uint32_t serial)
{
	input->view->press = (struct press){.serial = serial,
		.window = window->id,
		.down = true,
		.on_content = input->pointer.on_content};
	input_used(input);
}

/* A release without its press is nothing: the press was not meant for the window. */
static bool button_take(
	struct input *input, const struct window *window, uint32_t button, bool pressed)
{
	struct pointer *pointer = &input->pointer;

	if (!pressed)
		return button_forget(pointer, button);
	if (input_is_deaf(input, window) || pointer->buttons_count == POINTER_BUTTONS_MAX)
		return false;
	pointer->buttons[pointer->buttons_count++] = button;
	return true;
}

static void on_button(void *data, struct wl_pointer *handle, uint32_t serial, uint32_t time,
	uint32_t button, uint32_t state)
{
	struct input *input = data;
	struct window *window = window_under(input);
	Vmsilo__Windows__Pointer message = VMSILO__WINDOWS__POINTER__INIT;
	bool pressed = state == WL_POINTER_BUTTON_STATE_PRESSED;

	(void)handle;
	if (!window)
		return;
	if (!input->pointer.on_content) {
		frame_press_button(input, window, serial, time, button, pressed);
		return;
	}
	if (!button_take(input, window, button, pressed))
		return;
	if (pressed)
		press_note(input, window, serial);
	else if (input->pointer.buttons_count == 0)
		input->view->press.down = false;
	constraint_on_click(input, pressed);
	message.kind = VMSILO__WINDOWS__POINTER_KIND__POINTER_BUTTON;
	message.window = window->id;
	message.time_ms = time;
	message.button = button;
	message.pressed = pressed;
	guest_send(&input->view->guest, FRAME_WINDOWS_POINTER, &message.base);
}

/* ---- wheels ---- */

static struct pointer_axis *axis_of(struct input *input, uint32_t axis)
{
	return &input->pointer.axes[axis == WL_POINTER_AXIS_HORIZONTAL_SCROLL];
}

static void on_axis(
	void *data, struct wl_pointer *handle, uint32_t time, uint32_t axis, wl_fixed_t value)
{
	struct pointer_axis *of = axis_of(data, axis);

	(void)handle;
	of->value += value;
	of->time = time;
	of->moved = true;
}

static void on_axis_source(void *data, struct wl_pointer *handle, uint32_t source)
{
	struct input *input = data;

	(void)handle;
	input->pointer.source = source;
}

static void on_axis_stop(void *data, struct wl_pointer *handle, uint32_t time, uint32_t axis)
{
	struct pointer_axis *of = axis_of(data, axis);

	(void)handle;
	of->time = time;
	of->stopped = true;
}

/* Of versions below 8; others say it in 120ths. */
static void on_axis_discrete(void *data, struct wl_pointer *handle, uint32_t axis, int32_t discrete)
{
	(void)handle;
	axis_of(data, axis)->value120 += discrete * 120;
}

static void on_axis_value120(void *data, struct wl_pointer *handle, uint32_t axis, int32_t value120)
{
	(void)handle;
	axis_of(data, axis)->value120 += value120;
}

#ifdef WL_POINTER_AXIS_RELATIVE_DIRECTION_SINCE_VERSION
static void on_axis_direction(
	void *data, struct wl_pointer *handle, uint32_t axis, uint32_t direction)
{
	(void)handle;
	axis_of(data, axis)->inverted = direction == WL_POINTER_AXIS_RELATIVE_DIRECTION_INVERTED;
}
#endif

static void axis_send(const struct input *input, const struct window *window, bool horizontal,
	const struct pointer_axis *axis)
{
	Vmsilo__Windows__Pointer message = VMSILO__WINDOWS__POINTER__INIT;
	uint32_t scale = window->content.scale ? window->content.scale : WINDOWS_SCALE_ONE;

	message.kind = VMSILO__WINDOWS__POINTER_KIND__POINTER_AXIS;
	message.window = window->id;
	message.time_ms = axis->time;
	message.horizontal = horizontal;
	message.value = axis->moved ? scale_fixed(axis->value, scale) : 0;
	message.value120 = axis->value120;
	message.source = input->pointer.source;
	message.inverted = axis->inverted;
	guest_send(&input->view->guest, FRAME_WINDOWS_POINTER, &message.base);
}

static void on_frame(void *data, struct wl_pointer *handle)
{
	struct input *input = data;
	struct pointer *pointer = &input->pointer;
	const struct window *window = window_under(input);

	(void)handle;
	for (int i = 0; i < 2; i++) {
		const struct pointer_axis *axis = &pointer->axes[i];
		if (window && pointer->on_content && (axis->moved || axis->stopped))
			axis_send(input, window, i == 1, axis);
		pointer->axes[i] = (struct pointer_axis){0};
	}
	pointer_frame_send(input);
}

static const struct wl_pointer_listener listener = {
	.enter = on_enter,
	.leave = on_leave,
	.motion = on_motion,
	.button = on_button,
	.axis = on_axis,
	.frame = on_frame,
	.axis_source = on_axis_source,
	.axis_stop = on_axis_stop,
	.axis_discrete = on_axis_discrete,
	.axis_value120 = on_axis_value120,
#ifdef WL_POINTER_AXIS_RELATIVE_DIRECTION_SINCE_VERSION
	.axis_relative_direction = on_axis_direction,
#endif
};

void pointer_set(struct input *input, bool there)
{
	struct pointer *pointer = &input->pointer;

	if (pointer->pointer && !there) {
		pointer_leave_send(input);
		constraint_set_pointer(input, NULL);
		cursor_set_pointer(input, NULL);
		wl_pointer_release(pointer->pointer);
		*pointer = (struct pointer){0};
		input->view->press.down = false;
	} else if (!pointer->pointer && there) {
		pointer->pointer = wl_seat_get_pointer(input->seat);
		wl_pointer_add_listener(pointer->pointer, &listener, input);
		cursor_set_pointer(input, pointer->pointer);
		constraint_set_pointer(input, pointer->pointer);
	}
}
