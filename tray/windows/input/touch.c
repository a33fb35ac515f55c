#include "tray/windows/input/touch.h"

#include "proto/wire/frame.h"
#include "tray/windows/draw/scale.h"
#include "tray/windows/input/input.h"
#include "tray/windows/window/window.h"

/* window: 0 for the finger that is down; else a place for one. A finger whose window is gone is not
 * said to be up, and is none any more. */
static struct touch_finger *finger_find(struct input *input, uint32_t window, int32_t id)
{
	for (int i = 0; i < TOUCH_FINGERS_MAX; i++) {
		struct touch_finger *finger = &input->touch.fingers[i];
		bool is_free = !window_find(input->view, finger->window);
		if (window ? is_free : !is_free && finger->id == id)
			return finger;
	}
	return NULL;
}

static void touch_send(const struct input *input, Vmsilo__Windows__TouchKind kind,
	const struct touch_finger *finger, uint32_t time, wl_fixed_t x, wl_fixed_t y)
{
	Vmsilo__Windows__Touch message = VMSILO__WINDOWS__TOUCH__INIT;
	const struct window *window = finger ? window_find(input->view, finger->window) : NULL;

	message.kind = kind;
	message.time_ms = time;
	if (finger) {
		message.window = finger->window;
		message.id = finger->id;
	}
	if (window && window->content.scale) {
		message.x = scale_fixed(x, window->content.scale);
		message.y = scale_fixed(y, window->content.scale);
	}
	guest_send(&input->view->guest, FRAME_WINDOWS_TOUCH, &message.base);
}

static bool is_touched(const struct input *input)
{
	for (int i = 0; i < TOUCH_FINGERS_MAX; i++)
		if (window_find(input->view, input->touch.fingers[i].window))
			return true;
	return false;
}

static void on_down(void *data, struct wl_touch *touch, uint32_t serial, uint32_t time,
	struct wl_surface *surface, int32_t id, wl_fixed_t x, wl_fixed_t y)
{
	struct input *input = data;
	const struct window_tag *tag = window_tag_of(surface);
	struct touch_finger *finger;

	(void)touch;
	if (!tag)
		return;
	if (!tag->content) {
		frame_press_touch(input, tag->window, serial, x, y);
		return;
	}
	finger = finger_find(input, tag->window->id, id);
	if (!finger || input_is_deaf(input, tag->window))
		return;
	*finger = (struct touch_finger){tag->window->id, id};
	input->view->press = (struct press){
		.serial = serial, .window = tag->window->id, .down = true, .on_content = true};
	input_used(input);
	touch_send(input, VMSILO__WINDOWS__TOUCH_KIND__TOUCH_DOWN, finger, time, x, y);
}

static void on_up(void *data, struct wl_touch *touch, uint32_t serial, uint32_t time, int32_t id)
{
	struct input *input = data;
	struct touch_finger *finger = finger_find(input, 0, id);

	(void)touch;
	(void)serial;
	if (!finger)
		return;
	touch_send(input, VMSILO__WINDOWS__TOUCH_KIND__TOUCH_UP, finger, time, 0, 0);
	*finger = (struct touch_finger){0};
	if (!is_touched(input))
		input->view->press.down = false;
}

static void on_motion(
	void *data, struct wl_touch *touch, uint32_t time, int32_t id, wl_fixed_t x, wl_fixed_t y)
{
	struct input *input = data;
	const struct touch_finger *finger = finger_find(input, 0, id);

	(void)touch;
	if (finger)
		touch_send(input, VMSILO__WINDOWS__TOUCH_KIND__TOUCH_MOTION, finger, time, x, y);
}

static void on_frame(void *data, struct wl_touch *touch)
{
	(void)touch;
	touch_send(data, VMSILO__WINDOWS__TOUCH_KIND__TOUCH_FRAME, NULL, 0, 0, 0);
}

static void fingers_forget(struct input *input)
{
	for (int i = 0; i < TOUCH_FINGERS_MAX; i++)
		input->touch.fingers[i] = (struct touch_finger){0};
	input->view->press.down = false;
}

static void on_cancel(void *data, struct wl_touch *touch)
{
	(void)touch;
	touch_send(data, VMSILO__WINDOWS__TOUCH_KIND__TOUCH_CANCEL, NULL, 0, 0, 0);
	fingers_forget(data);
}

static void on_shape(
	void *data, struct wl_touch *touch, int32_t id, wl_fixed_t major, wl_fixed_t minor)
{
	(void)data;
	(void)touch;
	(void)id;
	(void)major;
	(void)minor;
}

static void on_orientation(void *data, struct wl_touch *touch, int32_t id, wl_fixed_t orientation)
{
	(void)data;
	(void)touch;
	(void)id;
	(void)orientation;
}

static const struct wl_touch_listener listener = {
	.down = on_down,
	.up = on_up,
	.motion = on_motion,
	.frame = on_frame,
	.cancel = on_cancel,
	.shape = on_shape,
	.orientation = on_orientation,
};

void touch_set(struct input *input, bool there)
{
	struct touch *touch = &input->touch;

	if (touch->touch && !there) {
		if (is_touched(input))
			on_cancel(input, touch->touch);
		wl_touch_release(touch->touch);
		touch->touch = NULL;
	} else if (!touch->touch && there) {
		touch->touch = wl_seat_get_touch(input->seat);
		wl_touch_add_listener(touch->touch, &listener, input);
	}
}
