#include "tray/windows/guest/input/pointer.h"

#include "tray/windows/guest/input/x11-wait.h"
#include "tray/windows/guest/programs/x11.h"
#include "tray/windows/guest/shell/member.h"
#include "tray/windows/guest/shell/wlroots.h"
#include "tray/windows/guest/xdnd/xdnd.h"

#define PLACE_PARTS 256.0 /* of a pixel */

int pointer_init(
	struct pointer *pointer, struct server *server, struct xdnd *xdnd, struct x11_wait *wait)
{
	pointer->wait = wait;
	pointer->server = server;
	pointer->xdnd = xdnd;
	return 0;
}

static double units(const struct window *window, int32_t value)
{
	return value / PLACE_PARTS * WINDOWS_SCALE_ONE / window->scale;
}

/* The surface that takes input there; the window's own where none does, as at its edge. */
static struct wlr_surface *surface_find(const struct pointer *pointer, double *x, double *y)
{
	const struct window *window = pointer->window;
	const struct wlr_box *crop = &window->crop;
	struct wlr_surface *surface = wlr_surface_surface_at(
		window->surface, pointer->x + crop->x, pointer->y + crop->y, x, y);

	if (surface)
		return surface;
	*x = pointer->x + crop->x;
	*y = pointer->y + crop->y;
	return window->surface;
}

/* As X11 sees it: in the window that it is over, if that is one of X11's, in the one that stands
 * for Wayland's, else where none is. */
static void carried_place(const struct pointer *pointer, int32_t *x, int32_t *y)
{
	const struct wlr_output *screen = pointer->server->screens.x11;

	if (!pointer->window) {
		*x = screen->width - 1;
		*y = screen->height - 1;
	} else if (pointer->window->x11) {
		x11_where(pointer->window, x, y);
		*x += (int32_t)pointer->x;
		*y += (int32_t)pointer->y;
	} else {
		xdnd_place(pointer->xdnd, pointer->x, pointer->y, x, y);
	}
}

static void carried_move(struct pointer *pointer)
{
	struct wlr_seat *seat = pointer->server->seat;
	const struct window *window = pointer->window;
	struct wlr_surface *surface = NULL;
	int32_t from_x, from_y, x, y;
	double inner_x = 0, inner_y = 0;

	if (window && !window->x11 && window->surface)
		surface = surface_find(pointer, &inner_x, &inner_y);
	xdnd_over(pointer->xdnd, surface, inner_x, inner_y, pointer->time_ms);
	x11_where(pointer->carried, &from_x, &from_y);
	carried_place(pointer, &x, &y);
	wlr_seat_pointer_notify_motion(seat, pointer->time_ms, x - from_x, y - from_y);
	wlr_seat_pointer_notify_frame(seat);
}

void pointer_carry(struct pointer *pointer, struct window *from)
{
	pointer->carried = from;
}

void pointer_carry_again(struct pointer *pointer)
{
	if (pointer->carried)
		carried_move(pointer);
}

void pointer_drop(struct pointer *pointer, bool dropped)
{
	struct wlr_seat *seat = pointer->server->seat;

	if (!pointer->carried)
		return;
	if (!dropped) {
		pointer->window = NULL;
		carried_move(pointer);
	}
	pointer->carried = NULL;
	while (seat->pointer_state.button_count > 0)
		wlr_seat_pointer_notify_button(seat, pointer->time_ms,
			seat->pointer_state.buttons[0], WL_POINTER_BUTTON_STATE_RELEASED);
	wlr_seat_pointer_notify_frame(seat);
}

/* force: it is told of a motion, even if it is where it was. */
static void focus_set(struct pointer *pointer, bool force)
{
	struct wlr_seat *seat = pointer->server->seat;
	double x, y;

	if (!pointer->window || !pointer->window->surface)
		return;
	if (pointer->carried) {
		/* What drags looks for the topmost window when it moves, and not later. */
		if (!pointer->wait->waits)
			carried_move(pointer);
		return;
	}
	if (!seat->pointer_state.focused_surface || seat->drag)
		pointer->held = false;
	if (pointer->held) {
		wlr_seat_pointer_notify_motion(seat, pointer->time_ms, pointer->x - pointer->held_x,
			pointer->y - pointer->held_y);
		return;
	}
	struct wlr_surface *surface = surface_find(pointer, &x, &y);
	bool entered = seat->pointer_state.focused_surface != surface;
	wlr_seat_pointer_notify_enter(seat, surface, x, y);
	/* Programs want a motion before a click, which an enter is not for all of them. */
	if ((entered || force) && seat->pointer_state.focused_surface == surface)
		wlr_seat_pointer_warp(seat, x - 1, y);
	wlr_seat_pointer_notify_motion(seat, pointer->time_ms, x, y);
}

static void on_enter(struct pointer *pointer, struct window *window)
{
	if (pointer->window != window && window->x11) {
		x11_raise(window);
		x11_wait_begin(pointer->wait);
	}
	if (pointer->window != window && pointer->buttons == 0)
		pointer->held = false;
	pointer->window = window;
	pointer->left = false;
}

static void on_motion(struct pointer *pointer, const Vmsilo__Windows__Pointer *message)
{
	struct window *window = window_find(pointer->server, message->window);
	bool enter = message->kind == VMSILO__WINDOWS__POINTER_KIND__POINTER_ENTER;

	if (!window || !window->surface)
		return;
	if (enter || pointer->window != window)
		on_enter(pointer, window);
	pointer->time_ms = message->time_ms;
	pointer->x = units(window, message->x);
	pointer->y = units(window, message->y);
	focus_set(pointer, enter);
}

/* Where it went down decides where all goes until it is up. */
static void hold_update(struct pointer *pointer, bool pressed)
{
	const struct wlr_seat *seat = pointer->server->seat;

	pointer->buttons += pressed ? 1 : pointer->buttons > 0 ? -1 : 0;
	if (pointer->buttons == 0)
		pointer->held = false;
	else if (!pointer->held && !seat->drag && seat->pointer_state.focused_surface) {
		pointer->held = true;
		pointer->held_x = pointer->x - seat->pointer_state.sx;
		pointer->held_y = pointer->y - seat->pointer_state.sy;
	}
}

static void on_button(struct pointer *pointer, const Vmsilo__Windows__Pointer *message)
{
	bool held = pointer->held;

	hold_update(pointer, message->pressed);
	if (message->pressed && !pointer->carried)
		xdnd_press(pointer->xdnd);
	wlr_seat_pointer_notify_button(pointer->server->seat, message->time_ms, message->button,
		message->pressed ? WL_POINTER_BUTTON_STATE_PRESSED
				 : WL_POINTER_BUTTON_STATE_RELEASED);
	/* It may be over another surface by now. */
	if (held && !pointer->held)
		focus_set(pointer, false);
}

static void on_axis(struct pointer *pointer, const Vmsilo__Windows__Pointer *message)
{
	const struct window *window = window_find(pointer->server, message->window);

	if (!window)
		window = pointer->window;
	if (!window)
		return;
	if (message->source > WL_POINTER_AXIS_SOURCE_WHEEL_TILT)
		return;
	wlr_seat_pointer_notify_axis(pointer->server->seat, message->time_ms,
		message->horizontal ? WL_POINTER_AXIS_HORIZONTAL_SCROLL
				    : WL_POINTER_AXIS_VERTICAL_SCROLL,
		units(window, message->value), message->value120,
		(enum wl_pointer_axis_source)message->source,
		message->inverted ? WL_POINTER_AXIS_RELATIVE_DIRECTION_INVERTED
				  : WL_POINTER_AXIS_RELATIVE_DIRECTION_IDENTICAL);
}

/* Only once it is not in another window: a menu of X11 closes when its program believes that the
 * pointer is nowhere. What is dragged may leave all windows with its button down. */
static void on_frame(struct pointer *pointer)
{
	struct wlr_seat *seat = pointer->server->seat;

	if (pointer->left && pointer->carried)
		carried_move(pointer);
	else if (pointer->left && (pointer->buttons == 0 || seat->drag))
		wlr_seat_pointer_notify_clear_focus(seat);
	pointer->left = false;
	wlr_seat_pointer_notify_frame(pointer->server->seat);
}

void pointer_event(struct pointer *pointer, const Vmsilo__Windows__Pointer *message)
{
	switch (message->kind) {
	case VMSILO__WINDOWS__POINTER_KIND__POINTER_ENTER:
	case VMSILO__WINDOWS__POINTER_KIND__POINTER_MOTION:
		on_motion(pointer, message);
		return;
	case VMSILO__WINDOWS__POINTER_KIND__POINTER_LEAVE:
		pointer->window = NULL;
		pointer->left = true;
		return;
	case VMSILO__WINDOWS__POINTER_KIND__POINTER_BUTTON:
		on_button(pointer, message);
		return;
	case VMSILO__WINDOWS__POINTER_KIND__POINTER_AXIS:
		on_axis(pointer, message);
		return;
	case VMSILO__WINDOWS__POINTER_KIND__POINTER_FRAME:
		on_frame(pointer);
		return;
	default:
		return;
	}
}

void pointer_pick(struct pointer *pointer, const struct window *window)
{
	const struct wlr_seat *seat = pointer->server->seat;
	const struct wlr_surface *focus = seat->pointer_state.focused_surface;
	double x, y;

	if (pointer->window != window || pointer->held || pointer->carried || seat->drag ||
		!window->surface)
		return;
	if (surface_find(pointer, &x, &y) == focus)
		return;
	focus_set(pointer, false);
	wlr_seat_pointer_notify_frame(pointer->server->seat);
}

void pointer_release(struct pointer *pointer)
{
	pointer->buttons = 0;
	pointer->held = false;
}

void pointer_forget(struct pointer *pointer, const struct window *window)
{
	if (window_of(pointer->server->seat->pointer_state.focused_surface) == window)
		pointer->held = false;
	if (pointer->window == window)
		pointer->window = NULL;
	if (pointer->carried == window) {
		pointer->carried = NULL;
		xdnd_over(pointer->xdnd, NULL, 0, 0, 0);
	}
}

void pointer_leave(struct pointer *pointer)
{
	struct wlr_seat *seat = pointer->server->seat;

	pointer_drop(pointer, false);
	/* Nobody will say that they were let go. */
	while (seat->pointer_state.button_count > 0)
		wlr_seat_pointer_notify_button(seat, pointer->time_ms,
			seat->pointer_state.buttons[0], WL_POINTER_BUTTON_STATE_RELEASED);
	pointer->window = NULL;
	pointer->held = false;
	pointer->buttons = 0;
	wlr_seat_pointer_notify_clear_focus(seat);
}
