#include "tray/windows/guest/input/cursor.h"

#include <stdlib.h>
#include <time.h>
#include <wlr/types/wlr_cursor_shape_v1.h>

#include "tray/windows/guest/pixels/scale.h"
#include "tray/windows/guest/shell/compose.h"
#include "tray/windows/guest/shell/wlroots.h"

/* ---- what programs say ---- */

static void surface_leave(struct cursor *cursor)
{
	server_deafen(&cursor->commit);
	server_deafen(&cursor->destroy);
	cursor->surface = NULL;
}

static void on_commit(struct wl_listener *listener, void *data)
{
	struct cursor *cursor = wl_container_of(listener, cursor, commit);
	struct timespec now;

	(void)data;
	cursor->hot_x -= cursor->surface->current.dx;
	cursor->hot_y -= cursor->surface->current.dy;
	cursor->changed = true;
	clock_gettime(CLOCK_MONOTONIC, &now);
	wlr_surface_send_frame_done(cursor->surface, &now);
}

static void on_destroy(struct wl_listener *listener, void *data)
{
	struct cursor *cursor = wl_container_of(listener, cursor, destroy);

	(void)data;
	surface_leave(cursor);
	cursor->changed = true;
}

static bool may_set(const struct cursor *cursor, const struct wlr_seat_client *client)
{
	return client && client == cursor->server->seat->pointer_state.focused_client;
}

static void on_set(struct wl_listener *listener, void *data)
{
	struct cursor *cursor = wl_container_of(listener, cursor, set);
	const struct wlr_seat_pointer_request_set_cursor_event *event = data;

	if (!may_set(cursor, event->seat_client))
		return;
	surface_leave(cursor);
	cursor->shape = 0;
	cursor->surface = event->surface;
	cursor->hot_x = event->hotspot_x;
	cursor->hot_y = event->hotspot_y;
	cursor->changed = true;
	if (!cursor->surface)
		return;
	server_listen(&cursor->commit, &cursor->surface->events.commit, on_commit);
	server_listen(&cursor->destroy, &cursor->surface->events.destroy, on_destroy);
}

static void on_set_shape(struct wl_listener *listener, void *data)
{
	struct cursor *cursor = wl_container_of(listener, cursor, set_shape);
	const struct wlr_cursor_shape_manager_v1_request_set_shape_event *event = data;

	if (!may_set(cursor, event->seat_client) ||
		event->device_type != WLR_CURSOR_SHAPE_MANAGER_V1_DEVICE_TYPE_POINTER)
		return;
	surface_leave(cursor);
	cursor->shape = event->shape;
	cursor->changed = true;
}

/* Another program has the pointer: until it says what it wants, the usual one is shown, not the one
 * before's. */
static void on_focus(struct wl_listener *listener, void *data)
{
	struct cursor *cursor = wl_container_of(listener, cursor, focus);
	const struct wlr_seat_pointer_focus_change_event *event = data;

	if (!event->new_surface ||
		(event->old_surface &&
			wl_resource_get_client(event->old_surface->resource) ==
				wl_resource_get_client(event->new_surface->resource)))
		return;
	surface_leave(cursor);
	cursor->changed =
		cursor->changed || cursor->shape != WP_CURSOR_SHAPE_DEVICE_V1_SHAPE_DEFAULT;
	cursor->shape = WP_CURSOR_SHAPE_DEVICE_V1_SHAPE_DEFAULT;
}

int cursor_init(struct cursor *cursor, struct server *server)
{
	struct wlr_cursor_shape_manager_v1 *shapes =
		wlr_cursor_shape_manager_v1_create(server->display, 1);

	if (!shapes)
		return UV_ENOMEM;
	cursor->server = server;
	cursor->shape = WP_CURSOR_SHAPE_DEVICE_V1_SHAPE_DEFAULT;
	wl_list_init(&cursor->commit.link);
	wl_list_init(&cursor->destroy.link);
	server_listen(&cursor->set, &server->seat->events.request_set_cursor, on_set);
	server_listen(&cursor->focus, &server->seat->pointer_state.events.focus_change, on_focus);
	server_listen(&cursor->set_shape, &shapes->events.request_set_shape, on_set_shape);
	return 0;
}

void cursor_finish(struct cursor *cursor)
{
	surface_leave(cursor);
	server_deafen(&cursor->set);
	server_deafen(&cursor->focus);
	server_deafen(&cursor->set_shape);
}

/* ---- what the host is told ---- */

uint8_t *cursor_picture(const struct server *server, struct wlr_surface *surface, int32_t hot_x,
	int32_t hot_y, Vmsilo__Windows__Cursor *ret)
{
	bool x11 = server_is_x11(server, wl_resource_get_client(surface->resource));
	uint32_t scale = x11 ? WINDOWS_SCALE_ONE : server->screens.scale;
	uint32_t width, height;
	uint32_t *pixels =
		compose_surface(surface, scale, WINDOWS_CURSOR_SIDE_MAX, &width, &height);

	if (!pixels)
		return NULL;
	ret->width = width;
	ret->height = height;
	ret->hot_x = scale_bound(scale_up(hot_x, scale), 0, (int32_t)width - 1);
	ret->hot_y = scale_bound(scale_up(hot_y, scale), 0, (int32_t)height - 1);
	ret->scale = scale;
	ret->pixels.data = (uint8_t *)pixels;
	ret->pixels.len = (size_t)width * height * 4;
	return ret->pixels.data;
}

void cursor_open(struct cursor *cursor)
{
	cursor->changed = true;
}

void cursor_flush(struct cursor *cursor)
{
	Vmsilo__Windows__Cursor message = VMSILO__WINDOWS__CURSOR__INIT;
	uint8_t *pixels = NULL;

	if (!cursor->changed || !stream_ready(cursor->server->stream))
		return;
	cursor->changed = false;
	message.shape = cursor->shape;
	message.scale = WINDOWS_SCALE_ONE;
	if (cursor->surface)
		pixels = cursor_picture(
			cursor->server, cursor->surface, cursor->hot_x, cursor->hot_y, &message);
	stream_send(cursor->server->stream, FRAME_WINDOWS_CURSOR, &message.base);
	free(pixels);
}
