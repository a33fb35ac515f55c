#include "tray/windows/guest/shell/window.h"

#include <string.h>

#include "tray/windows/guest/pixels/scale.h"
#include "tray/windows/guest/shell/announce.h"
#include "tray/windows/guest/shell/beat.h"
#include "tray/windows/guest/shell/member.h"
#include "tray/windows/guest/shell/overhang.h"
#include "tray/windows/guest/shell/wlroots.h"

void window_init(struct window *window, struct server *server, const struct window_kind *kind)
{
	*window = (struct window){.server = server, .kind = kind, .scale = server->screens.scale};
	wl_list_init(&window->members);
	frames_init(&window->frames);
	wl_list_insert(server->windows.prev, &window->link);
}

void window_finish(struct window *window)
{
	struct window *other;

	window_hide(window);
	wl_list_for_each (other, &window->server->windows, link)
		if (other->parent == window)
			window_set_parent(other, NULL);
	wl_list_remove(&window->link);
	frames_finish(window);
}

void window_show(struct window *window, struct wlr_surface *surface)
{
	window->surface = surface;
	window->wanted = true;
	/* An overhang's surface is a part of another window's. */
	if (wlr_surface_get_root_surface(surface) == surface)
		member_of(surface)->root = window;
}

void window_map(struct window *window)
{
	window->mapped = true;
	frames_damage_all(window);
	wlr_surface_send_enter(window->surface, screens_of(window->server, window->x11));
	members_walk(window);
	beat_want(window->server);
}

void window_unmap(struct window *window)
{
	window->mapped = false;
	members_leave(window);
	overhangs_end(window, ++window->server->walk);
}

/* The host forgets it; what it said of it counts no more. */
static void window_forget(struct window *window)
{
	window->number = 0;
	window->configured = window->changed = false;
	window->state = (struct window_state){0};
	frames_reset(window);
}

void window_hide(struct window *window)
{
	struct server *server = window->server;

	if (window->wanted)
		wl_signal_emit_mutable(&server->events_of.gone, window);
	window_unmap(window);
	if (window->surface && member_of(window->surface) &&
		member_of(window->surface)->root == window)
		member_of(window->surface)->root = NULL;
	window->surface = NULL;
	window->wanted = false;
	window->requests = 0;
	announce_gone(window);
	window_forget(window);
}

void window_describe(struct window *window)
{
	window->changed = true;
}

void window_request(struct window *window, Vmsilo__Windows__Request request)
{
	static const Vmsilo__Windows__Request opposite[] = {
		[VMSILO__WINDOWS__REQUEST__REQUEST_MAXIMIZE] =
			VMSILO__WINDOWS__REQUEST__REQUEST_UNMAXIMIZE,
		[VMSILO__WINDOWS__REQUEST__REQUEST_UNMAXIMIZE] =
			VMSILO__WINDOWS__REQUEST__REQUEST_MAXIMIZE,
		[VMSILO__WINDOWS__REQUEST__REQUEST_FULLSCREEN] =
			VMSILO__WINDOWS__REQUEST__REQUEST_UNFULLSCREEN,
		[VMSILO__WINDOWS__REQUEST__REQUEST_UNFULLSCREEN] =
			VMSILO__WINDOWS__REQUEST__REQUEST_FULLSCREEN,
		[VMSILO__WINDOWS__REQUEST__REQUEST_ATTENTION] =
			VMSILO__WINDOWS__REQUEST__REQUEST_UNSPECIFIED,
	};

	window->requests |= 1u << request;
	window->requests &= ~(1u << opposite[request]);
}

void window_set_parent(struct window *window, struct window *parent)
{
	if (window->parent == parent)
		return;
	window->parent = parent;
	if (!window->kind->popup)
		window_describe(window);
}

void window_set_scale(struct window *window, uint32_t scale)
{
	struct member *member;

	if (scale < WINDOWS_SCALE_ONE || scale > WINDOWS_SCALE_MAX || window->x11)
		scale = window->x11 ? WINDOWS_SCALE_ONE : window->scale;
	if (window->scale == scale)
		return;
	window->scale = scale;
	wl_list_for_each (member, &window->members, link)
		member_scale(member, scale);
	if (window->surface && member_of(window->surface))
		member_scale(member_of(window->surface), scale);
	frames_damage_all(window);
	window_describe(window);
}

struct window *window_find(const struct server *server, uint32_t number)
{
	struct window *window;

	wl_list_for_each (window, &server->windows, link)
		if (number > 0 && window->number == number)
			return window;
	return NULL;
}

struct window *window_of(struct wlr_surface *surface)
{
	const struct member *member = surface ? member_of(surface) : NULL;

	return member ? member->window : NULL;
}

struct window *window_of_root(struct wlr_surface *surface)
{
	const struct member *member =
		surface ? member_of(wlr_surface_get_root_surface(surface)) : NULL;

	return member ? member->root : NULL;
}

/* ---- the host's ---- */

void window_configure(struct server *server, const Vmsilo__Windows__Configure *message)
{
	struct window *window = window_find(server, message->window);

	if (!window || window->kind->popup)
		return;
	window_set_scale(window, message->scale);
	window->state = (struct window_state){
		.serial = message->serial,
		.width = scale_bound((int32_t)message->width, 0, WINDOWS_SIDE_MAX),
		.height = scale_bound((int32_t)message->height, 0, WINDOWS_SIDE_MAX),
		.activated = message->activated,
		.maximized = message->maximized,
		.fullscreen = message->fullscreen,
		.resizing = message->resizing,
		.tiled = message->tiled,
		.hidden = message->hidden,
		.bounds_width = scale_bound((int32_t)message->bounds_width, 0, WINDOWS_SIDE_MAX),
		.bounds_height = scale_bound((int32_t)message->bounds_height, 0, WINDOWS_SIDE_MAX),
	};
	window->configured = true;
	window->kind->configure(window);
	beat_want(server);
}

void window_place(struct server *server, const Vmsilo__Windows__PopupPlace *message)
{
	struct window *window = window_find(server, message->window);

	if (!window || !window->kind->popup)
		return;
	window_set_scale(window, message->scale);
	window->state = (struct window_state){
		.serial = message->serial,
		.x = scale_bound(message->x, -WINDOWS_PLACE_MAX, WINDOWS_PLACE_MAX),
		.y = scale_bound(message->y, -WINDOWS_PLACE_MAX, WINDOWS_PLACE_MAX),
		.width = scale_bound((int32_t)message->width, 1, WINDOWS_SIDE_MAX),
		.height = scale_bound((int32_t)message->height, 1, WINDOWS_SIDE_MAX),
	};
	window->configured = true;
	window->kind->configure(window);
}

void window_close(struct server *server, uint32_t number)
{
	struct window *window = window_find(server, number);

	if (window && !window->kind->popup)
		window->kind->close(window);
}

/* GONE answers, whatever its program does. */
void window_dismiss(struct server *server, uint32_t number)
{
	struct window *window = window_find(server, number);

	if (!window || !window->kind->popup)
		return;
	announce_gone(window);
	window_forget(window);
	window->wanted = false;
	window->kind->close(window);
}

/* ---- the stream ---- */

void windows_open(struct server *server)
{
	beat_want(server);
}

/* One menu takes those above it along, so it is begun anew after each. */
static bool popup_release(struct server *server)
{
	struct window *window;

	wl_list_for_each (window, &server->windows, link)
		if (window->kind->popup && window->kind->release(window))
			return true;
	return false;
}

void windows_leave(struct server *server)
{
	struct window *window;

	server->announced = server->gone_count = 0;
	server->pixels = 0;
	wl_list_for_each (window, &server->windows, link) {
		if (window->number > 0)
			window_forget(window);
		/* Nobody answers now: programs go on, unseen. */
		if (!window->kind->popup)
			window->kind->release(window);
	}
	while (popup_release(server))
		continue;
	beat_want(server);
}
