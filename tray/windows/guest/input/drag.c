#include "tray/windows/guest/input/drag.h"

#include <stdlib.h>

#include "tray/windows/guest/input/cursor.h"
#include "tray/windows/guest/shell/wlroots.h"

static void on_request(struct wl_listener *listener, void *data)
{
	struct drag *drag = wl_container_of(listener, drag, request);
	const struct wlr_seat_request_start_drag_event *event = data;
	struct wlr_seat *seat = drag->server->seat;
	struct wlr_touch_point *point;

	if (drag->allowed &&
		wlr_seat_validate_pointer_grab_serial(seat, event->origin, event->serial)) {
		drag->window = window_of(event->origin);
		wlr_seat_start_pointer_drag(seat, event->drag, event->serial);
	} else if (drag->allowed && wlr_seat_validate_touch_grab_serial(
					    seat, event->origin, event->serial, &point)) {
		drag->window = window_of(event->origin);
		wlr_seat_start_touch_drag(seat, event->drag, event->serial, point);
	} else if (event->drag->source) {
		wlr_data_source_destroy(event->drag->source);
	}
}

/* It will not say any more what became of it, and wlroots does not ask. */
static void on_target_gone(struct wl_listener *listener, void *data)
{
	struct drag *drag = wl_container_of(listener, drag, target_gone);

	(void)data;
	server_deafen(&drag->target_gone);
	if (!drag->wlr && drag->server->seat->drag_source)
		wlr_data_source_destroy(drag->server->seat->drag_source);
}

static void on_drop(struct wl_listener *listener, void *data)
{
	struct drag *drag = wl_container_of(listener, drag, drop);
	struct wlr_surface *focus = drag->wlr->focus;
	struct wlr_xwayland_surface *target =
		focus ? wlr_xwayland_surface_try_from_wlr_surface(focus) : NULL;

	(void)data;
	drag->action = drag->wlr->source ? drag->wlr->source->current_dnd_action : 0;
	server_deafen(&drag->target_gone);
	if (target)
		server_listen(&drag->target_gone, &target->events.destroy, on_target_gone);
}

/* The drag leaves the window that it was dropped on. Where that is one of X11's wlroots takes it
 * for a drag that leaves, and tells the source that nothing will be done: what is to be moved would
 * stay. */
static void action_keep(const struct drag *drag)
{
	struct wlr_data_source *source = drag->wlr->source;

	if (drag->action != 0 && source && source->current_dnd_action != drag->action)
		wlr_data_source_dnd_action(
			source, (enum wl_data_device_manager_dnd_action)drag->action);
}

static void on_destroy(struct wl_listener *listener, void *data)
{
	struct drag *drag = wl_container_of(listener, drag, destroy);

	(void)data;
	action_keep(drag);
	server_deafen(&drag->drop);
	server_deafen(&drag->destroy);
	drag->wlr = NULL;
	drag->changed = false;
}

static void on_start(struct wl_listener *listener, void *data)
{
	struct drag *drag = wl_container_of(listener, drag, start);

	server_deafen(&drag->drop);
	server_deafen(&drag->destroy);
	server_deafen(&drag->target_gone);
	drag->wlr = data;
	drag->action = 0;
	drag->changed = true;
	server_listen(&drag->drop, &drag->wlr->events.drop, on_drop);
	server_listen(&drag->destroy, &drag->wlr->events.destroy, on_destroy);
}

void drag_init(struct drag *drag, struct server *server)
{
	drag->server = server;
	wl_list_init(&drag->drop.link);
	wl_list_init(&drag->target_gone.link);
	wl_list_init(&drag->destroy.link);
	server_listen(&drag->request, &server->seat->events.request_start_drag, on_request);
	server_listen(&drag->start, &server->seat->events.start_drag, on_start);
}

void drag_finish(struct drag *drag)
{
	server_deafen(&drag->request);
	server_deafen(&drag->start);
	server_deafen(&drag->drop);
	server_deafen(&drag->target_gone);
	server_deafen(&drag->destroy);
}

void drag_allow(struct drag *drag, bool allowed)
{
	drag->allowed = allowed;
}

bool drag_begin_x11(struct drag *drag, struct window *window)
{
	if (!drag->allowed || drag->wlr)
		return false;
	drag->window = window;
	drag->changed = true;
	return true;
}

void drag_flush(struct drag *drag)
{
	Vmsilo__Windows__Drag message = VMSILO__WINDOWS__DRAG__INIT;
	Vmsilo__Windows__Cursor icon = VMSILO__WINDOWS__CURSOR__INIT;
	uint8_t *pixels = NULL;

	if (!drag->changed || !stream_ready(drag->server->stream))
		return;
	drag->changed = false;
	if (!drag->window || drag->window->number == 0)
		return;
	if (drag->wlr && drag->wlr->icon)
		pixels = cursor_picture(drag->server, drag->wlr->icon->surface,
			-drag->wlr->icon->surface->current.dx,
			-drag->wlr->icon->surface->current.dy, &icon);
	message.window = drag->window->number;
	message.icon = pixels ? &icon : NULL;
	stream_send(drag->server->stream, FRAME_WINDOWS_DRAG, &message.base);
	free(pixels);
}

/* The button goes up where the pointer is: over one of our windows it is a drop. */
void drag_done(struct drag *drag, const Vmsilo__Windows__DragDone *message)
{
	struct wlr_seat *seat = drag->server->seat;

	if (!drag->wlr)
		return;
	if (!message->dropped)
		wlr_seat_pointer_notify_clear_focus(seat);
	while (seat->pointer_state.button_count > 0)
		wlr_seat_pointer_notify_button(
			seat, 0, seat->pointer_state.buttons[0], WL_POINTER_BUTTON_STATE_RELEASED);
	if (drag->wlr && drag->wlr->source)
		wlr_data_source_destroy(drag->wlr->source);
}

void drag_leave(struct drag *drag)
{
	const Vmsilo__Windows__DragDone done = VMSILO__WINDOWS__DRAG_DONE__INIT;

	drag_done(drag, &done);
}
