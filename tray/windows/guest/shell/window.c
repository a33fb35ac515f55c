#include "tray/windows/guest/shell/window.h"

#include <string.h>

#include "tray/windows/guest/shell/announce.h"
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
	server_want_beat(window->server);
}

void window_unmap(struct window *window)
{
	window->mapped = false;
	members_leave(window);
	overhangs_end(window, ++window->server->walk);
}

void window_forget(struct window *window)
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
