#include "tray/windows/guest/input/touch.h"

#include "tray/windows/guest/shell/member.h"
#include "tray/windows/guest/shell/wlroots.h"

#define PLACE_PARTS 256.0 /* of a pixel */
#define FINGERS_MAX 32

void touch_init(struct touch *touch, struct server *server)
{
	touch->server = server;
}

/* In the window's picture, in its program's units. */
static struct window *place_of(
	const struct touch *touch, const Vmsilo__Windows__Touch *message, double *x, double *y)
{
	struct window *window = window_find(touch->server, message->window);

	if (!window || !window->surface)
		return NULL;
	*x = message->x / PLACE_PARTS * WINDOWS_SCALE_ONE / window->scale;
	*y = message->y / PLACE_PARTS * WINDOWS_SCALE_ONE / window->scale;
	return window;
}

static void on_down(struct touch *touch, const Vmsilo__Windows__Touch *message)
{
	struct wlr_seat *seat = touch->server->seat;
	double x, y, surface_x, surface_y;
	struct window *window = place_of(touch, message, &x, &y);

	if (!window || wlr_seat_touch_num_points(seat) >= FINGERS_MAX ||
		wlr_seat_touch_get_point(seat, message->id))
		return;
	struct wlr_surface *surface = wlr_surface_surface_at(
		window->surface, x + window->crop.x, y + window->crop.y, &surface_x, &surface_y);
	if (surface)
		wlr_seat_touch_notify_down(
			seat, surface, message->time_ms, message->id, surface_x, surface_y);
}

/* It stays with the surface where it went down, wherever that is by now. */
static void on_motion(struct touch *touch, const Vmsilo__Windows__Touch *message)
{
	struct wlr_seat *seat = touch->server->seat;
	const struct wlr_touch_point *point = wlr_seat_touch_get_point(seat, message->id);
	const struct member *member = point && point->surface ? member_of(point->surface) : NULL;
	double x, y;

	if (member && place_of(touch, message, &x, &y))
		wlr_seat_touch_notify_motion(
			seat, message->time_ms, message->id, x - member->box.x, y - member->box.y);
}

void touch_leave(struct touch *touch)
{
	struct wlr_seat *seat = touch->server->seat;
	struct wlr_touch_point *point, *next;

	wl_list_for_each_safe (point, next, &seat->touch_state.touch_points, link) {
		int32_t id = point->touch_id;
		wlr_seat_touch_notify_cancel(seat, point->client);
		if (wlr_seat_touch_get_point(seat, id))
			wlr_seat_touch_notify_up(seat, 0, id);
		/* One client's cancel ends several. */
		next = wl_container_of(seat->touch_state.touch_points.next, next, link);
		if (wl_list_empty(&seat->touch_state.touch_points))
			return;
	}
}

void touch_event(struct touch *touch, const Vmsilo__Windows__Touch *message)
{
	struct wlr_seat *seat = touch->server->seat;

	switch (message->kind) {
	case VMSILO__WINDOWS__TOUCH_KIND__TOUCH_DOWN:
		on_down(touch, message);
		return;
	case VMSILO__WINDOWS__TOUCH_KIND__TOUCH_MOTION:
		on_motion(touch, message);
		return;
	case VMSILO__WINDOWS__TOUCH_KIND__TOUCH_UP:
		if (wlr_seat_touch_get_point(seat, message->id))
			wlr_seat_touch_notify_up(seat, message->time_ms, message->id);
		return;
	case VMSILO__WINDOWS__TOUCH_KIND__TOUCH_CANCEL:
		touch_leave(touch);
		return;
	case VMSILO__WINDOWS__TOUCH_KIND__TOUCH_FRAME:
		wlr_seat_touch_notify_frame(seat);
		return;
	default:
		return;
	}
}
