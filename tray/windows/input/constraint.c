#include "tray/windows/input/constraint.h"

#include <pointer-constraints-unstable-v1-client-protocol.h>
#include <relative-pointer-unstable-v1-client-protocol.h>

#include "proto/wire/frame.h"
#include "tray/windows/draw/scale.h"
#include "tray/windows/input/input.h"
#include "tray/windows/window/window.h"

#define NONE VMSILO__WINDOWS__CONSTRAINT__CONSTRAINT_NONE
#define LOCK VMSILO__WINDOWS__CONSTRAINT__CONSTRAINT_LOCK
#define CONFINE VMSILO__WINDOWS__CONSTRAINT__CONSTRAINT_CONFINE

static void held_tell(struct input *input, Vmsilo__Windows__Constraint held)
{
	struct constraint *constraint = &input->constraint;
	Vmsilo__Windows__PointerConstraint message = VMSILO__WINDOWS__POINTER_CONSTRAINT__INIT;

	if (constraint->told == held)
		return;
	constraint->told = held;
	message.window = constraint->window;
	message.constraint = held;
	guest_send(&input->view->guest, FRAME_WINDOWS_CONSTRAINT, &message.base);
}

/* ---- the compositor's ---- */

static void active_count(struct input *input, bool active)
{
	struct constraint *constraint = &input->constraint;

	if (active)
		constraint->active++;
	else if (constraint->active > 0)
		constraint->active--;
	held_tell(input, constraint->active > 0 ? constraint->held : NONE);
}

static void on_locked(void *data, struct zwp_locked_pointer_v1 *locked)
{
	(void)locked;
	active_count(data, true);
}

static void on_unlocked(void *data, struct zwp_locked_pointer_v1 *locked)
{
	(void)locked;
	active_count(data, false);
}

static const struct zwp_locked_pointer_v1_listener locked_listener = {
	.locked = on_locked, .unlocked = on_unlocked};

static void on_confined(void *data, struct zwp_confined_pointer_v1 *confined)
{
	(void)confined;
	active_count(data, true);
}

static void on_unconfined(void *data, struct zwp_confined_pointer_v1 *confined)
{
	(void)confined;
	active_count(data, false);
}

static const struct zwp_confined_pointer_v1_listener confined_listener = {
	.confined = on_confined, .unconfined = on_unconfined};

/* Ways of the hand are told only where the place is held: elsewhere the place says it all. */
static void on_relative(void *data, struct zwp_relative_pointer_v1 *relative, uint32_t time_high,
	uint32_t time_low, wl_fixed_t dx, wl_fixed_t dy, wl_fixed_t raw_dx, wl_fixed_t raw_dy)
{
	struct input *input = data;
	Vmsilo__Windows__Pointer message = VMSILO__WINDOWS__POINTER__INIT;
	const struct window *window = window_find(input->view, input->pointer.told);

	(void)relative;
	if (!window || input->constraint.told == NONE || input->constraint.window != window->id)
		return;
	uint32_t scale = window->content.scale ? window->content.scale : WINDOWS_SCALE_ONE;
	message.kind = VMSILO__WINDOWS__POINTER_KIND__POINTER_RELATIVE;
	message.window = window->id;
	message.time_us = (uint64_t)time_high << 32 | time_low;
	message.dx = scale_fixed(dx, scale);
	message.dy = scale_fixed(dy, scale);
	message.raw_dx = raw_dx;
	message.raw_dy = raw_dy;
	guest_send_lossy(&input->view->guest, FRAME_WINDOWS_POINTER, &message.base);
}

static const struct zwp_relative_pointer_v1_listener relative_listener = {
	.relative_motion = on_relative};

/* ---- holding ---- */

static void release(struct input *input)
{
	struct constraint *constraint = &input->constraint;

	for (int i = 0; i < 2; i++) {
		if (constraint->locked[i])
			zwp_locked_pointer_v1_destroy(constraint->locked[i]);
		if (constraint->confined[i])
			zwp_confined_pointer_v1_destroy(constraint->confined[i]);
		constraint->locked[i] = NULL;
		constraint->confined[i] = NULL;
	}
	constraint->active = 0;
	constraint->held = NONE;
	held_tell(input, NONE);
}

static void surface_hold(
	struct input *input, int at, struct wl_surface *surface, struct wl_region *region)
{
	struct constraint *constraint = &input->constraint;
	struct zwp_pointer_constraints_v1 *manager = input->view->desktop->constraints;
	struct wl_pointer *pointer = input->pointer.pointer;

	if (constraint->wanted == LOCK) {
		constraint->locked[at] = zwp_pointer_constraints_v1_lock_pointer(manager, surface,
			pointer, region, ZWP_POINTER_CONSTRAINTS_V1_LIFETIME_PERSISTENT);
		zwp_locked_pointer_v1_add_listener(constraint->locked[at], &locked_listener, input);
	} else {
		constraint->confined[at] = zwp_pointer_constraints_v1_confine_pointer(manager,
			surface, pointer, region, ZWP_POINTER_CONSTRAINTS_V1_LIFETIME_PERSISTENT);
		zwp_confined_pointer_v1_add_listener(
			constraint->confined[at], &confined_listener, input);
	}
}

/* Never on the frame: there the pointer is the user's. */
static void hold(struct input *input, const struct window *window)
{
	struct wl_region *region = wl_compositor_create_region(input->view->desktop->compositor);
	struct frame_style style;
	int32_t x, y, width, height;

	window_content_at(window, &x, &y);
	window_style(window, &window->shown, &style);
	frame_room(&style, window->width, window->height, &width, &height);
	wl_region_add(region, x, y, width, height);
	input->constraint.held = input->constraint.wanted;
	surface_hold(input, 0, window->content.surface, NULL);
	surface_hold(input, 1, window->main, region);
	wl_region_destroy(region);
}

void constraint_update(struct input *input)
{
	struct constraint *constraint = &input->constraint;
	const struct window *window = window_find(input->view, constraint->window);
	bool may = window && constraint->wanted != NONE && !constraint->escaped &&
		   input->pointer.pointer && input->view->desktop->constraints &&
		   input->pointer.told == window->id && input->keyboard.told == window->id;

	if (constraint->held != NONE && (!may || constraint->held != constraint->wanted))
		release(input);
	if (may && constraint->held == NONE)
		hold(input, window);
}

void constraint_on_message(struct input *input, const Vmsilo__Windows__PointerConstraint *message)
{
	struct constraint *constraint = &input->constraint;

	if (constraint->window != message->window) {
		/* What another window wants is none of this one's matter while it is not in it. */
		if (message->constraint == NONE)
			return;
		release(input);
		constraint->escaped = false;
	}
	constraint->window = message->window;
	constraint->wanted = message->constraint;
	constraint_update(input);
}

/* ---- the user takes it back ---- */

static void on_escape_held(uv_timer_t *timer)
{
	struct input *input = timer->data;

	input->constraint.escaped = true;
	constraint_update(input);
}

void constraint_on_escape(struct input *input, bool pressed)
{
	struct constraint *constraint = &input->constraint;

	if (pressed && constraint->held != NONE)
		uv_timer_start(&constraint->escape, on_escape_held, CONSTRAINT_ESCAPE_MS, 0);
	else
		uv_timer_stop(&constraint->escape);
}

void constraint_on_click(struct input *input, bool pressed)
{
	if (!pressed || !input->constraint.escaped)
		return;
	input->constraint.escaped = false;
	constraint_update(input);
}

void constraint_set_pointer(struct input *input, struct wl_pointer *pointer)
{
	struct constraint *constraint = &input->constraint;
	const struct desktop *desktop = input->view->desktop;

	if (!pointer) {
		release(input);
		if (constraint->relative)
			zwp_relative_pointer_v1_destroy(constraint->relative);
		constraint->relative = NULL;
		return;
	}
	if (!desktop->relative_pointers)
		return;
	constraint->relative = zwp_relative_pointer_manager_v1_get_relative_pointer(
		desktop->relative_pointers, pointer);
	zwp_relative_pointer_v1_add_listener(constraint->relative, &relative_listener, input);
}

int constraint_init(struct input *input)
{
	input->constraint.escape.data = input;
	return uv_timer_init(input->view->loop, &input->constraint.escape);
}

void constraint_finish(struct input *input)
{
	if (input->constraint.escape.loop)
		uv_close((uv_handle_t *)&input->constraint.escape, NULL);
}
