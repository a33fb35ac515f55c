#include "tray/windows/guest/programs/toplevel.h"

#include <stdlib.h>
#include <string.h>
#include <wlr/types/wlr_xdg_decoration_v1.h>
#include <wlr/util/edges.h>

#include "proto/base/text.h"
#include "tray/windows/guest/pixels/scale.h"
#include "tray/windows/guest/policy/serials.h"
#include "tray/windows/guest/programs/activation.h"
#include "tray/windows/guest/shell/window.h"
#include "tray/windows/guest/shell/wlroots.h"

#define ALL_EDGES (WLR_EDGE_TOP | WLR_EDGE_BOTTOM | WLR_EDGE_LEFT | WLR_EDGE_RIGHT)
#define CAPABILITIES \
	(WLR_XDG_TOPLEVEL_WM_CAPABILITIES_WINDOW_MENU | \
		WLR_XDG_TOPLEVEL_WM_CAPABILITIES_MAXIMIZE | \
		WLR_XDG_TOPLEVEL_WM_CAPABILITIES_FULLSCREEN | \
		WLR_XDG_TOPLEVEL_WM_CAPABILITIES_MINIMIZE)

struct toplevel {
	struct window window;
	struct wlr_xdg_toplevel *xdg;
	struct wlr_xdg_toplevel_decoration_v1 *decoration; /* NULL */
	struct serials serials;
	int32_t limits[4]; /* of its size, as they were described */
	char title[WINDOWS_TITLE_MAX + 1], app_id[WINDOWS_APP_ID_MAX + 1];
	struct wl_listener commit, map, unmap, destroy, set_title, set_app_id, set_parent,
		request_maximize, request_fullscreen, request_minimize, request_move,
		request_resize, request_menu, decoration_destroy;
};

static struct toplevel *toplevel_of(struct window *window)
{
	struct toplevel *toplevel = wl_container_of(window, toplevel, window);

	return toplevel;
}

/* ---- what the host is told ---- */

static uint32_t limit_of(const struct window *window, int32_t value)
{
	int32_t physical = scale_up(scale_bound(value, 0, WINDOWS_SIDE_MAX), window->scale);

	return (uint32_t)scale_bound(physical, 0, WINDOWS_SIDE_MAX);
}

static void limits_copy(int32_t limits[4], const struct wlr_xdg_toplevel *xdg)
{
	limits[0] = xdg->current.min_width;
	limits[1] = xdg->current.min_height;
	limits[2] = xdg->current.max_width;
	limits[3] = xdg->current.max_height;
}

static void toplevel_describe(struct window *window, ProtobufCMessage *message)
{
	struct toplevel *toplevel = toplevel_of(window);
	const struct wlr_xdg_toplevel *xdg = toplevel->xdg;
	Vmsilo__Windows__Toplevel *ret = (Vmsilo__Windows__Toplevel *)message;

	text_strip(toplevel->title, sizeof(toplevel->title), xdg->title ? xdg->title : "", false);
	text_strip(
		toplevel->app_id, sizeof(toplevel->app_id), xdg->app_id ? xdg->app_id : "", false);
	ret->title = toplevel->title;
	ret->app_id = toplevel->app_id;
	limits_copy(toplevel->limits, xdg);
	ret->min_width = limit_of(window, toplevel->limits[0]);
	ret->min_height = limit_of(window, toplevel->limits[1]);
	ret->max_width = limit_of(window, toplevel->limits[2]);
	ret->max_height = limit_of(window, toplevel->limits[3]);
}

static void toplevel_crop(struct window *window, struct wlr_box *ret)
{
	wlr_xdg_surface_get_geometry(toplevel_of(window)->xdg->base, ret);
}

static uint32_t toplevel_serial(struct window *window)
{
	const struct toplevel *toplevel = toplevel_of(window);

	return serials_host(&toplevel->serials, toplevel->xdg->base->current.configure_serial);
}

/* ---- what the program is told ---- */

static void sizes_set(const struct toplevel *toplevel, int version)
{
	const struct window *window = &toplevel->window;
	const struct window_state *state = &window->state;
	bool sized = state->width > 0 && state->height > 0;

	wlr_xdg_toplevel_set_size(toplevel->xdg, scale_down(state->width, window->scale),
		scale_down(state->height, window->scale));
	if (version >= XDG_TOPLEVEL_STATE_TILED_LEFT_SINCE_VERSION)
		wlr_xdg_toplevel_set_tiled(toplevel->xdg, sized && state->tiled ? ALL_EDGES : 0);
	if (version >= XDG_TOPLEVEL_CONFIGURE_BOUNDS_SINCE_VERSION)
		wlr_xdg_toplevel_set_bounds(toplevel->xdg,
			scale_down(state->bounds_width, window->scale),
			scale_down(state->bounds_height, window->scale));
}

static void toplevel_configure(struct window *window)
{
	struct toplevel *toplevel = toplevel_of(window);
	struct wlr_xdg_toplevel *xdg = toplevel->xdg;
	const struct window_state *state = &window->state;
	int version = wl_resource_get_version(xdg->resource);

	if (!xdg->base->initialized)
		return;
	sizes_set(toplevel, version);
	wlr_xdg_toplevel_set_activated(xdg, state->activated);
	wlr_xdg_toplevel_set_maximized(xdg, state->maximized);
	wlr_xdg_toplevel_set_fullscreen(xdg, state->fullscreen);
	wlr_xdg_toplevel_set_resizing(xdg, state->resizing);
	if (version >= XDG_TOPLEVEL_STATE_SUSPENDED_SINCE_VERSION)
		wlr_xdg_toplevel_set_suspended(xdg, state->hidden);
	if (version >= XDG_TOPLEVEL_WM_CAPABILITIES_SINCE_VERSION)
		wlr_xdg_toplevel_set_wm_capabilities(xdg, CAPABILITIES);
	if (toplevel->decoration)
		wlr_xdg_toplevel_decoration_v1_set_mode(
			toplevel->decoration, WLR_XDG_TOPLEVEL_DECORATION_V1_MODE_SERVER_SIDE);
	serials_add(
		&toplevel->serials, wlr_xdg_surface_schedule_configure(xdg->base), state->serial);
}

static void toplevel_close(struct window *window)
{
	wlr_xdg_toplevel_send_close(toplevel_of(window)->xdg);
}

/* With the size that it had, if any. */
static bool toplevel_release(struct window *window)
{
	struct toplevel *toplevel = toplevel_of(window);

	toplevel->serials = (struct serials){0};
	window->state.width = scale_up(toplevel->xdg->current.width, window->scale);
	window->state.height = scale_up(toplevel->xdg->current.height, window->scale);
	if (window->wanted)
		toplevel_configure(window);
	window->state = (struct window_state){0};
	return false;
}

static const struct window_kind toplevel_kind = {
	.begin = activation_find,
	.describe = toplevel_describe,
	.crop = toplevel_crop,
	.configure = toplevel_configure,
	.close = toplevel_close,
	.release = toplevel_release,
	.serial = toplevel_serial,
};

/* ---- what the program says ---- */

static void on_commit(struct wl_listener *listener, void *data)
{
	struct toplevel *toplevel = wl_container_of(listener, toplevel, commit);
	int32_t limits[4];

	(void)data;
	if (toplevel->xdg->base->initial_commit) {
		window_show(&toplevel->window, toplevel->xdg->base->surface);
		/* The first configure waits for the host's answer, if there is a host. */
		if (!stream_open(toplevel->window.server->stream))
			toplevel_release(&toplevel->window);
		return;
	}
	limits_copy(limits, toplevel->xdg);
	if (memcmp(limits, toplevel->limits, sizeof(limits)) != 0)
		window_describe(&toplevel->window);
}

static void on_map(struct wl_listener *listener, void *data)
{
	struct toplevel *toplevel = wl_container_of(listener, toplevel, map);

	(void)data;
	window_map(&toplevel->window);
}

static void on_unmap(struct wl_listener *listener, void *data)
{
	struct toplevel *toplevel = wl_container_of(listener, toplevel, unmap);

	(void)data;
	window_hide(&toplevel->window);
	toplevel->serials = (struct serials){0};
}

static void on_described(struct toplevel *toplevel)
{
	window_describe(&toplevel->window);
}

static void on_set_title(struct wl_listener *listener, void *data)
{
	struct toplevel *toplevel = wl_container_of(listener, toplevel, set_title);

	(void)data;
	on_described(toplevel);
}

static void on_set_app_id(struct wl_listener *listener, void *data)
{
	struct toplevel *toplevel = wl_container_of(listener, toplevel, set_app_id);

	(void)data;
	on_described(toplevel);
}

static void on_set_parent(struct wl_listener *listener, void *data)
{
	struct toplevel *toplevel = wl_container_of(listener, toplevel, set_parent);
	const struct wlr_xdg_toplevel *parent = toplevel->xdg->parent;

	(void)data;
	window_set_parent(&toplevel->window, parent ? window_of_root(parent->base->surface) : NULL);
}

/* It must be answered; without a host at once. */
static void toplevel_request(struct toplevel *toplevel, Vmsilo__Windows__Request request)
{
	window_request(&toplevel->window, request);
	if (!stream_open(toplevel->window.server->stream) && toplevel->xdg->base->initialized)
		wlr_xdg_surface_schedule_configure(toplevel->xdg->base);
}

static void on_request_maximize(struct wl_listener *listener, void *data)
{
	struct toplevel *toplevel = wl_container_of(listener, toplevel, request_maximize);

	(void)data;
	toplevel_request(toplevel, toplevel->xdg->requested.maximized
					   ? VMSILO__WINDOWS__REQUEST__REQUEST_MAXIMIZE
					   : VMSILO__WINDOWS__REQUEST__REQUEST_UNMAXIMIZE);
}

static void on_request_fullscreen(struct wl_listener *listener, void *data)
{
	struct toplevel *toplevel = wl_container_of(listener, toplevel, request_fullscreen);

	(void)data;
	toplevel_request(toplevel, toplevel->xdg->requested.fullscreen
					   ? VMSILO__WINDOWS__REQUEST__REQUEST_FULLSCREEN
					   : VMSILO__WINDOWS__REQUEST__REQUEST_UNFULLSCREEN);
}

static void on_request_minimize(struct wl_listener *listener, void *data)
{
	struct toplevel *toplevel = wl_container_of(listener, toplevel, request_minimize);

	(void)data;
	window_request(&toplevel->window, VMSILO__WINDOWS__REQUEST__REQUEST_MINIMIZE);
}

static void on_request_move(struct wl_listener *listener, void *data)
{
	struct toplevel *toplevel = wl_container_of(listener, toplevel, request_move);

	(void)data;
	window_request(&toplevel->window, VMSILO__WINDOWS__REQUEST__REQUEST_MOVE);
}

static void on_request_resize(struct wl_listener *listener, void *data)
{
	struct toplevel *toplevel = wl_container_of(listener, toplevel, request_resize);
	const struct wlr_xdg_toplevel_resize_event *event = data;

	toplevel->window.edges = event->edges;
	window_request(&toplevel->window, VMSILO__WINDOWS__REQUEST__REQUEST_RESIZE);
}

static void on_request_menu(struct wl_listener *listener, void *data)
{
	struct toplevel *toplevel = wl_container_of(listener, toplevel, request_menu);

	(void)data;
	window_request(&toplevel->window, VMSILO__WINDOWS__REQUEST__REQUEST_MENU);
}

static void on_decoration_destroy(struct wl_listener *listener, void *data)
{
	struct toplevel *toplevel = wl_container_of(listener, toplevel, decoration_destroy);

	(void)data;
	toplevel->decoration = NULL;
	server_deafen(&toplevel->decoration_destroy);
}

static void on_destroy(struct wl_listener *listener, void *data)
{
	struct toplevel *toplevel = wl_container_of(listener, toplevel, destroy);
	struct wl_listener *listeners[] = {&toplevel->commit, &toplevel->map, &toplevel->unmap,
		&toplevel->destroy, &toplevel->set_title, &toplevel->set_app_id,
		&toplevel->set_parent, &toplevel->request_maximize, &toplevel->request_fullscreen,
		&toplevel->request_minimize, &toplevel->request_move, &toplevel->request_resize,
		&toplevel->request_menu, &toplevel->decoration_destroy};

	(void)data;
	for (size_t i = 0; i < sizeof(listeners) / sizeof(*listeners); i++)
		server_deafen(listeners[i]);
	toplevel->xdg->base->data = NULL;
	window_finish(&toplevel->window);
	free(toplevel);
}

static void surface_listen(struct toplevel *toplevel)
{
	struct wlr_surface *surface = toplevel->xdg->base->surface;

	server_listen(&toplevel->commit, &surface->events.commit, on_commit);
	server_listen(&toplevel->map, &surface->events.map, on_map);
	server_listen(&toplevel->unmap, &surface->events.unmap, on_unmap);
}

static void toplevel_listen(struct toplevel *toplevel)
{
	struct wlr_xdg_toplevel *xdg = toplevel->xdg;

	server_listen(&toplevel->destroy, &xdg->events.destroy, on_destroy);
	server_listen(&toplevel->set_title, &xdg->events.set_title, on_set_title);
	server_listen(&toplevel->set_app_id, &xdg->events.set_app_id, on_set_app_id);
	server_listen(&toplevel->set_parent, &xdg->events.set_parent, on_set_parent);
	server_listen(
		&toplevel->request_maximize, &xdg->events.request_maximize, on_request_maximize);
	server_listen(&toplevel->request_fullscreen, &xdg->events.request_fullscreen,
		on_request_fullscreen);
	server_listen(
		&toplevel->request_minimize, &xdg->events.request_minimize, on_request_minimize);
	server_listen(&toplevel->request_move, &xdg->events.request_move, on_request_move);
	server_listen(&toplevel->request_resize, &xdg->events.request_resize, on_request_resize);
	server_listen(
		&toplevel->request_menu, &xdg->events.request_show_window_menu, on_request_menu);
}

void toplevel_on_new(struct wl_listener *listener, void *data)
{
	struct server *server = wl_container_of(listener, server, new_toplevel);
	struct wlr_xdg_toplevel *xdg = data;
	struct toplevel *toplevel = calloc(1, sizeof(*toplevel));

	if (!toplevel) {
		wl_resource_post_no_memory(xdg->resource);
		return;
	}
	toplevel->xdg = xdg;
	xdg->base->data = toplevel;
	window_init(&toplevel->window, server, &toplevel_kind);
	wl_list_init(&toplevel->decoration_destroy.link);
	surface_listen(toplevel);
	toplevel_listen(toplevel);
}

/* May come before the surface's first commit, or after. */
void toplevel_on_decoration(struct wl_listener *listener, void *data)
{
	struct wlr_xdg_toplevel_decoration_v1 *decoration = data;
	struct toplevel *toplevel = decoration->toplevel->base->data;

	(void)listener;
	if (!toplevel)
		return;
	toplevel->decoration = decoration;
	server_deafen(&toplevel->decoration_destroy);
	server_listen(
		&toplevel->decoration_destroy, &decoration->events.destroy, on_decoration_destroy);
	if (decoration->toplevel->base->initialized)
		wlr_xdg_toplevel_decoration_v1_set_mode(
			decoration, WLR_XDG_TOPLEVEL_DECORATION_V1_MODE_SERVER_SIDE);
}
