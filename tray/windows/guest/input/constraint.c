#include "tray/windows/guest/input/constraint.h"

#include <wlr/types/wlr_pointer_constraints_v1.h>
#include <wlr/types/wlr_relative_pointer_v1.h>

#include "tray/windows/guest/shell/wlroots.h"

#define WAY_PARTS 256.0 /* of a pixel */

static void active_end(struct constraint *constraint)
{
	struct wlr_pointer_constraint_v1 *active = constraint->active;

	constraint->active = NULL;
	server_deafen(&constraint->destroy);
	/* May destroy it. */
	if (active)
		wlr_pointer_constraint_v1_send_deactivated(active);
}

static void on_destroy(struct wl_listener *listener, void *data)
{
	struct constraint *constraint = wl_container_of(listener, constraint, destroy);

	(void)data;
	constraint->active = NULL;
	server_deafen(&constraint->destroy);
	constraint->changed = true;
}

static void on_new(struct wl_listener *listener, void *data)
{
	struct constraint *constraint = wl_container_of(listener, constraint, new_constraint);

	(void)data;
	constraint->changed = true;
}

static void on_focus(struct wl_listener *listener, void *data)
{
	struct constraint *constraint = wl_container_of(listener, constraint, focus);

	(void)data;
	constraint->changed = true;
}

int constraint_init(struct constraint *constraint, struct server *server)
{
	constraint->server = server;
	constraint->all = wlr_pointer_constraints_v1_create(server->display);
	constraint->relative = wlr_relative_pointer_manager_v1_create(server->display);
	if (!constraint->all || !constraint->relative)
		return UV_ENOMEM;
	wl_list_init(&constraint->destroy.link);
	server_listen(&constraint->new_constraint, &constraint->all->events.new_constraint, on_new);
	server_listen(
		&constraint->focus, &server->seat->pointer_state.events.focus_change, on_focus);
	return 0;
}

void constraint_finish(struct constraint *constraint)
{
	server_deafen(&constraint->new_constraint);
	server_deafen(&constraint->focus);
	server_deafen(&constraint->destroy);
}

void constraint_update(struct constraint *constraint)
{
	constraint->changed = true;
}

static struct wlr_pointer_constraint_v1 *wanted_find(const struct constraint *constraint)
{
	struct wlr_seat *seat = constraint->server->seat;
	struct wlr_surface *surface = seat->pointer_state.focused_surface;

	return surface ? wlr_pointer_constraints_v1_constraint_for_surface(
				 constraint->all, surface, seat)
		       : NULL;
}

void constraint_flush(struct constraint *constraint)
{
	Vmsilo__Windows__PointerConstraint message = VMSILO__WINDOWS__POINTER_CONSTRAINT__INIT;

	if (!constraint->changed || !stream_ready(constraint->server->stream))
		return;
	constraint->changed = false;
	const struct wlr_pointer_constraint_v1 *wanted = wanted_find(constraint);
	if (constraint->active && constraint->active != wanted)
		active_end(constraint);
	const struct window *window = wanted ? window_of(wanted->surface) : NULL;
	if (window && window->number > 0) {
		message.window = window->number;
		message.constraint = wanted->type == WLR_POINTER_CONSTRAINT_V1_LOCKED
					     ? VMSILO__WINDOWS__CONSTRAINT__CONSTRAINT_LOCK
					     : VMSILO__WINDOWS__CONSTRAINT__CONSTRAINT_CONFINE;
	} else {
		message.window = constraint->window;
	}
	if (message.window == constraint->window && message.constraint == constraint->wanted)
		return;
	constraint->wanted = message.constraint;
	constraint->window = message.window;
	if (window_find(constraint->server, message.window))
		stream_send(constraint->server->stream, FRAME_WINDOWS_CONSTRAINT, &message.base);
}

void constraint_hold(
	struct constraint *constraint, const Vmsilo__Windows__PointerConstraint *message)
{
	struct wlr_pointer_constraint_v1 *wanted = wanted_find(constraint);

	if (message->constraint == VMSILO__WINDOWS__CONSTRAINT__CONSTRAINT_NONE ||
		wanted != constraint->active)
		active_end(constraint);
	if (message->constraint == VMSILO__WINDOWS__CONSTRAINT__CONSTRAINT_NONE || !wanted ||
		constraint->active)
		return;
	const struct window *window = window_of(wanted->surface);
	if (!window || window->number != message->window)
		return;
	constraint->active = wanted;
	server_listen(&constraint->destroy, &wanted->events.destroy, on_destroy);
	wlr_pointer_constraint_v1_send_activated(wanted);
}

void constraint_relative(struct constraint *constraint, const Vmsilo__Windows__Pointer *message)
{
	wlr_relative_pointer_manager_v1_send_relative_motion(constraint->relative,
		constraint->server->seat, message->time_us, message->dx / WAY_PARTS,
		message->dy / WAY_PARTS, message->raw_dx / WAY_PARTS, message->raw_dy / WAY_PARTS);
}

void constraint_leave(struct constraint *constraint)
{
	active_end(constraint);
	constraint->window = 0;
	constraint->wanted = VMSILO__WINDOWS__CONSTRAINT__CONSTRAINT_NONE;
}
