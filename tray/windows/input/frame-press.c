#include "tray/windows/input/frame-press.h"

#include <linux/input-event-codes.h>
#include <stdlib.h>
#include <xdg-shell-client-protocol.h>

#include "proto/wire/frame.h"
#include "tray/windows/input/input.h"
#include "tray/windows/window/show.h"
#include "tray/windows/window/window.h"

static enum frame_part part_under(
	const struct window *window, wl_fixed_t x, wl_fixed_t y, uint32_t *ret_edges)
{
	struct frame_style style;

	window_style(window, &window->shown, &style);
	enum frame_part part = frame_part_at(&style, window->width, window->height,
		wl_fixed_to_int(x), wl_fixed_to_int(y), ret_edges);
	/* These have no edges of their own, and the latter no place. */
	if (window->shown.fullscreen || (part == FRAME_EDGE && window->shown.maximized))
		return FRAME_NOTHING;
	return part;
}

static bool is_button(enum frame_part part)
{
	return part == FRAME_CLOSE || part == FRAME_MAXIMIZE || part == FRAME_MINIMIZE;
}

static void hover_set(struct window *window, enum frame_part part)
{
	enum frame_part under = is_button(part) ? part : FRAME_NOTHING;

	if (window->edges.under == under)
		return;
	window->edges.under = under;
	window_show(window);
}

static void place_take(struct input *input, struct window *window, wl_fixed_t x, wl_fixed_t y)
{
	struct frame_press *press = &input->pointer.frame;
	uint32_t edges;
	enum frame_part part = part_under(window, x, y, &edges);
	bool other = part != press->under || edges != press->edges;

	press->under = part;
	press->edges = edges;
	hover_set(window, part);
	if (other)
		cursor_update(input);
}

void frame_press_enter(struct input *input, struct window *window, wl_fixed_t x, wl_fixed_t y)
{
	input->pointer.frame.pressed = FRAME_NOTHING;
	place_take(input, window, x, y);
}

void frame_press_leave(struct input *input, struct window *window)
{
	input->pointer.frame.pressed = FRAME_NOTHING;
	input->pointer.frame.under = FRAME_NOTHING;
	hover_set(window, FRAME_NOTHING);
}

void frame_press_motion(struct input *input, struct window *window, wl_fixed_t x, wl_fixed_t y)
{
	struct frame_press *press = &input->pointer.frame;

	place_take(input, window, x, y);
	if (press->pressed != FRAME_MOVE || !window->toplevel ||
		(abs(wl_fixed_to_int(x - press->x)) < FRAME_PRESS_DRAG &&
			abs(wl_fixed_to_int(y - press->y)) < FRAME_PRESS_DRAG))
		return;
	press->pressed = FRAME_NOTHING;
	xdg_toplevel_move(window->toplevel, input->seat, press->serial);
}

static void maximize_toggle(const struct window *window)
{
	if (window->shown.maximized)
		xdg_toplevel_unset_maximized(window->toplevel);
	else
		xdg_toplevel_set_maximized(window->toplevel);
}

static void part_use(const struct window *window, enum frame_part part)
{
	Vmsilo__Windows__Close message = VMSILO__WINDOWS__CLOSE__INIT;

	if (part == FRAME_MAXIMIZE)
		maximize_toggle(window);
	if (part == FRAME_MINIMIZE)
		xdg_toplevel_set_minimized(window->toplevel);
	if (part != FRAME_CLOSE)
		return;
	message.window = window->id;
	guest_send(&window->view->guest, FRAME_WINDOWS_CLOSE, &message.base);
}

static void title_press(struct input *input, struct window *window, uint32_t time)
{
	struct frame_press *press = &input->pointer.frame;
	bool second = press->clicked_window == window->id &&
		      time - press->clicked_at <= FRAME_PRESS_DOUBLE_MS;

	press->clicked_window = second ? 0 : window->id;
	press->clicked_at = time;
	if (!second)
		return;
	press->pressed = FRAME_NOTHING;
	if (window->can_maximize)
		maximize_toggle(window);
}

static void left_press(struct input *input, struct window *window, uint32_t time)
{
	struct frame_press *press = &input->pointer.frame;

	press->pressed = press->under;
	if (press->under == FRAME_MOVE)
		title_press(input, window, time);
	if (press->under != FRAME_EDGE)
		return;
	press->pressed = FRAME_NOTHING;
	xdg_toplevel_resize(window->toplevel, input->seat, press->serial, press->edges);
}

void frame_press_button(struct input *input, struct window *window, uint32_t serial, uint32_t time,
	uint32_t button, bool pressed)
{
	struct frame_press *press = &input->pointer.frame;

	if (!window->toplevel)
		return;
	press->serial = serial;
	press->x = input->pointer.x;
	press->y = input->pointer.y;
	if (pressed && button == BTN_LEFT)
		left_press(input, window, time);
	if (pressed && button == BTN_RIGHT && press->under == FRAME_MOVE)
		xdg_toplevel_show_window_menu(window->toplevel, input->seat, serial,
			wl_fixed_to_int(press->x), wl_fixed_to_int(press->y));
	if (pressed || button != BTN_LEFT)
		return;
	enum frame_part part = press->pressed;
	press->pressed = FRAME_NOTHING;
	if (is_button(part) && part == press->under)
		part_use(window, part);
}

void frame_press_touch(
	struct input *input, struct window *window, uint32_t serial, wl_fixed_t x, wl_fixed_t y)
{
	uint32_t edges;
	enum frame_part part = part_under(window, x, y, &edges);

	if (!window->toplevel)
		return;
	if (is_button(part))
		part_use(window, part);
	else if (part == FRAME_EDGE)
		xdg_toplevel_resize(window->toplevel, input->seat, serial, edges);
	else if (part == FRAME_MOVE)
		xdg_toplevel_move(window->toplevel, input->seat, serial);
}
