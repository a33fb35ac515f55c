#include "tray/windows/guest/programs/x11.h"

#include <stdlib.h>

#include "proto/base/text.h"
#include "tray/windows/guest/pixels/scale.h"
#include "tray/windows/guest/policy/x11-policy.h"
#include "tray/windows/guest/programs/activation.h"
#include "tray/windows/guest/shell/window.h"
#include "tray/windows/guest/shell/wlroots.h"

struct x11 {
	struct window window;
	struct wlr_xwayland_surface *surface;
	int32_t x, y;    /* its place, of one that does not place itself */
	uint32_t serial; /* of the host's last size that it has */
	char title[WINDOWS_TITLE_MAX + 1], app_id[WINDOWS_APP_ID_MAX + 1];
	struct wl_listener associate, dissociate, map, unmap, destroy, set_title, set_class,
		set_parent, set_hints, set_geometry, set_startup_id, request_configure,
		request_maximize, request_fullscreen, request_minimize, request_move,
		request_resize, request_activate;
};

static struct x11 *x11_of(struct window *window)
{
	struct x11 *x11 = wl_container_of(window, x11, window);

	return x11;
}

/* ---- what the host is told ---- */

static uint32_t limit_of(const xcb_size_hints_t *hints, uint32_t flag, int32_t value)
{
	return hints && hints->flags & flag ? (uint32_t)scale_bound(value, 0, WINDOWS_SIDE_MAX) : 0;
}

static void toplevel_describe(struct window *window, ProtobufCMessage *message)
{
	struct x11 *x11 = x11_of(window);
	const struct wlr_xwayland_surface *surface = x11->surface;
	const xcb_size_hints_t *hints = surface->size_hints;
	Vmsilo__Windows__Toplevel *ret = (Vmsilo__Windows__Toplevel *)message;

	x11_title(x11->title, sizeof(x11->title), surface->title ? surface->title : "");
	text_strip(x11->app_id, sizeof(x11->app_id), surface->class ? surface->class : "", false);
	ret->title = x11->title;
	ret->app_id = x11->app_id;
	ret->modal = surface->modal;
	if (!hints)
		return;
	ret->min_width = limit_of(hints, XCB_ICCCM_SIZE_HINT_P_MIN_SIZE, hints->min_width);
	ret->min_height = limit_of(hints, XCB_ICCCM_SIZE_HINT_P_MIN_SIZE, hints->min_height);
	ret->max_width = limit_of(hints, XCB_ICCCM_SIZE_HINT_P_MAX_SIZE, hints->max_width);
	ret->max_height = limit_of(hints, XCB_ICCCM_SIZE_HINT_P_MAX_SIZE, hints->max_height);
}

static void popup_describe(struct window *window, ProtobufCMessage *message)
{
	const struct wlr_xwayland_surface *surface = x11_of(window)->surface;
	const struct wlr_xwayland_surface *parent = x11_of(window->parent)->surface;
	Vmsilo__Windows__Popup *ret = (Vmsilo__Windows__Popup *)message;

	ret->anchor_x = surface->x - parent->x;
	ret->anchor_y = surface->y - parent->y;
	ret->anchor_width = ret->anchor_height = 1;
	ret->anchor = VMSILO__WINDOWS__EDGE__EDGE_TOP | VMSILO__WINDOWS__EDGE__EDGE_LEFT;
	ret->gravity = VMSILO__WINDOWS__EDGE__EDGE_BOTTOM | VMSILO__WINDOWS__EDGE__EDGE_RIGHT;
	ret->adjustment = XDG_POSITIONER_CONSTRAINT_ADJUSTMENT_SLIDE_X |
			  XDG_POSITIONER_CONSTRAINT_ADJUSTMENT_SLIDE_Y;
	ret->width = (uint32_t)scale_bound(surface->width, 1, WINDOWS_SIDE_MAX);
	ret->height = (uint32_t)scale_bound(surface->height, 1, WINDOWS_SIDE_MAX);
}

static void x11_crop(struct window *window, struct wlr_box *ret)
{
	*ret = (struct wlr_box){
		0, 0, window->surface->current.width, window->surface->current.height};
}

static uint32_t x11_serial(struct window *window)
{
	struct x11 *x11 = x11_of(window);
	const struct window_state *state = &window->state;

	if (state->width == 0 || state->height == 0 ||
		(state->width == window->crop.width && state->height == window->crop.height))
		x11->serial = state->serial;
	return x11->serial;
}

/* ---- what the program is told ---- */

static void size_set(struct x11 *x11, int32_t width, int32_t height)
{
	wlr_xwayland_surface_configure(x11->surface, (int16_t)x11->x, (int16_t)x11->y,
		(uint16_t)scale_bound(width, 1, WINDOWS_SIDE_MAX),
		(uint16_t)scale_bound(height, 1, WINDOWS_SIDE_MAX));
}

/* The program's own size. X11's screen is larger than any that the user has. */
static void size_choose(struct x11 *x11, int32_t width, int32_t height)
{
	uint32_t most_width, most_height;

	screens_bounds(x11->window.server, &most_width, &most_height);
	size_set(x11, scale_bound(width, 1, (int32_t)most_width),
		scale_bound(height, 1, (int32_t)most_height));
}

static void toplevel_configure(struct window *window)
{
	struct x11 *x11 = x11_of(window);
	const struct window_state *state = &window->state;

	if (!x11->surface->override_redirect) {
		wlr_xwayland_surface_set_fullscreen(x11->surface, state->fullscreen);
		wlr_xwayland_surface_set_maximized(x11->surface, state->maximized);
		wlr_xwayland_surface_set_minimized(x11->surface, false);
		if (state->width > 0 && state->height > 0)
			size_set(x11, state->width, state->height);
	}
	if (state->activated) {
		window->server->x11_active = window;
		x11_raise(window);
	}
	wlr_xwayland_surface_activate(x11->surface, state->activated);
}

/* The host may have moved it into the screen; what the pointer meets must be where the program
 * believes it. */
static void popup_configure(struct window *window)
{
	struct wlr_xwayland_surface *surface = x11_of(window)->surface;

	if (!window->parent)
		return;
	const struct wlr_xwayland_surface *parent = x11_of(window->parent)->surface;
	int32_t x = parent->x + window->state.x, y = parent->y + window->state.y;
	if (x != surface->x || y != surface->y)
		wlr_xwayland_surface_configure(surface,
			(int16_t)scale_bound(x, INT16_MIN, INT16_MAX),
			(int16_t)scale_bound(y, INT16_MIN, INT16_MAX), surface->width,
			surface->height);
}

static void x11_close(struct window *window)
{
	wlr_xwayland_surface_close(x11_of(window)->surface);
}

static bool x11_release(struct window *window)
{
	x11_of(window)->serial = 0;
	return false;
}

static void x11_nothing(struct window *window)
{
	(void)window;
}

static const struct window_kind toplevel_kind = {
	.begin = activation_find,
	.describe = toplevel_describe,
	.crop = x11_crop,
	.configure = toplevel_configure,
	.close = x11_close,
	.release = x11_release,
	.serial = x11_serial,
};

/* A menu of X11 ends when its program likes. */
static const struct window_kind popup_kind = {
	.popup = true,
	.describe = popup_describe,
	.crop = x11_crop,
	.configure = popup_configure,
	.close = x11_nothing,
	.release = x11_release,
	.serial = x11_serial,
};

/* And not a part of another window that hangs over it. */
static bool is_x11(const struct window *window)
{
	return window->kind == &toplevel_kind || window->kind == &popup_kind;
}

void x11_focus(struct window *window)
{
	window->server->x11_active = window;
	wlr_xwayland_surface_activate(x11_of(window)->surface, true);
}

void x11_where(struct window *window, int32_t *x, int32_t *y)
{
	*x = x11_of(window)->surface->x;
	*y = x11_of(window)->surface->y;
}

/* What places itself keeps its place among the others as well: wlroots insists on it. */
void x11_raise(struct window *window)
{
	struct wlr_xwayland_surface *surface = x11_of(window)->surface;

	if (window->kind == &toplevel_kind && !surface->override_redirect)
		wlr_xwayland_surface_restack(surface, NULL, XCB_STACK_MODE_ABOVE);
}

/* ---- what it is ---- */

static bool x11_is_shown(const struct window *window)
{
	return window->wanted && is_x11(window);
}

/* Of a window that places itself: the one that it says, else the one that is in use, else its
 * program's newest. */
static struct window *parent_find(const struct x11 *x11)
{
	struct server *server = x11->window.server;
	const struct wlr_xwayland_surface *parent = x11->surface->parent;
	struct window *window, *found = NULL;

	if (parent && parent->data && x11_is_shown(&((struct x11 *)parent->data)->window))
		return &((struct x11 *)parent->data)->window;
	wl_list_for_each (window, &server->windows, link) {
		if (window->kind != &toplevel_kind || !x11_is_shown(window) ||
			!x11_same_program(
				x11_of(window)->surface->window_id, x11->surface->window_id))
			continue;
		if (window == server->x11_active)
			return window;
		found = window;
	}
	return found;
}

static struct window *toplevel_parent(const struct x11 *x11)
{
	const struct wlr_xwayland_surface *parent = x11->surface->parent;

	return parent && parent->data ? &((struct x11 *)parent->data)->window : NULL;
}

static void kind_choose(struct x11 *x11)
{
	struct window *window = &x11->window;
	struct window *parent = x11->surface->override_redirect ? parent_find(x11) : NULL;

	window->kind = parent ? &popup_kind : &toplevel_kind;
	window->parent = parent ? parent : toplevel_parent(x11);
}

static void states_request(struct x11 *x11)
{
	const struct wlr_xwayland_surface *surface = x11->surface;

	if (surface->fullscreen)
		window_request(&x11->window, VMSILO__WINDOWS__REQUEST__REQUEST_FULLSCREEN);
	if (surface->maximized_horz && surface->maximized_vert)
		window_request(&x11->window, VMSILO__WINDOWS__REQUEST__REQUEST_MAXIMIZE);
}

/* A program that runs already, and was asked for a window by another of its processes, has the
 * token of that one. GTK names it at a window that is never seen, before it shows or raises one. */
static bool startup_take(struct x11 *x11)
{
	struct window *window;

	wl_list_for_each (window, &x11->window.server->windows, link) {
		const struct wlr_xwayland_surface *surface =
			is_x11(window) ? x11_of(window)->surface : NULL;
		if (surface && surface->startup_id &&
			x11_same_program(surface->window_id, x11->surface->window_id) &&
			activation_take(&x11->window, surface->startup_id))
			return true;
	}
	return false;
}

/* The picture that a drag takes along would be what the drag meets; the host has none for it. */
static bool is_drag_picture(const struct x11 *x11)
{
	const struct wlr_xwayland_surface *surface = x11->surface;

	for (size_t i = 0; i < surface->window_type_len; i++)
		if (surface->window_type[i] == x11->window.server->x11_drag_type)
			return true;
	return false;
}

static void on_map(struct wl_listener *listener, void *data)
{
	struct x11 *x11 = wl_container_of(listener, x11, map);
	struct wlr_xwayland_surface *surface = x11->surface;
	const struct wlr_output *screen = x11->window.server->screens.x11;
	const struct x11_box box = {surface->x, surface->y, surface->width, surface->height};

	(void)data;
	if (surface->override_redirect &&
		(x11_is_helper(&box, screen->width, screen->height) || is_drag_picture(x11)))
		return;
	kind_choose(x11);
	window_show(&x11->window, surface->surface);
	window_map(&x11->window);
	if (surface->override_redirect)
		return;
	startup_take(x11);
	states_request(x11);
}

static void x11_hide(struct x11 *x11)
{
	if (x11->window.server->x11_active == &x11->window)
		x11->window.server->x11_active = NULL;
	window_hide(&x11->window);
}

static void on_unmap(struct wl_listener *listener, void *data)
{
	struct x11 *x11 = wl_container_of(listener, x11, unmap);

	(void)data;
	x11_hide(x11);
}

/* Xwayland tells by two connections which surface is a window's and what the surface shows. wlroots
 * maps a surface when it is committed with content; one that had it before it was known to be a
 * window's would wait for a commit, and Xwayland for the end of the first one's frame: for ever. */
static void on_associate(struct wl_listener *listener, void *data)
{
	struct x11 *x11 = wl_container_of(listener, x11, associate);
	struct wlr_surface *surface = x11->surface->surface;

	(void)data;
	server_listen(&x11->map, &surface->events.map, on_map);
	server_listen(&x11->unmap, &surface->events.unmap, on_unmap);
	if (wlr_surface_has_buffer(surface))
		wlr_surface_map(surface);
}

static void on_dissociate(struct wl_listener *listener, void *data)
{
	struct x11 *x11 = wl_container_of(listener, x11, dissociate);

	(void)data;
	x11_hide(x11);
	server_deafen(&x11->map);
	server_deafen(&x11->unmap);
}

/* ---- what the program says ---- */

static void on_set_title(struct wl_listener *listener, void *data)
{
	struct x11 *x11 = wl_container_of(listener, x11, set_title);

	(void)data;
	window_describe(&x11->window);
}

static void on_set_class(struct wl_listener *listener, void *data)
{
	struct x11 *x11 = wl_container_of(listener, x11, set_class);

	(void)data;
	window_describe(&x11->window);
}

static void on_set_hints(struct wl_listener *listener, void *data)
{
	struct x11 *x11 = wl_container_of(listener, x11, set_hints);

	(void)data;
	window_describe(&x11->window);
}

static void on_set_parent(struct wl_listener *listener, void *data)
{
	struct x11 *x11 = wl_container_of(listener, x11, set_parent);

	(void)data;
	if (!x11->surface->override_redirect)
		window_set_parent(&x11->window, toplevel_parent(x11));
}

/* A popup follows its place, as a picture that is dragged. */
static void on_set_geometry(struct wl_listener *listener, void *data)
{
	struct x11 *x11 = wl_container_of(listener, x11, set_geometry);
	const struct window *window = &x11->window;

	(void)data;
	if (window->kind != &popup_kind || window->number == 0 || !window->parent)
		return;
	const struct wlr_xwayland_surface *parent = x11_of(window->parent)->surface;
	if (!window->configured || x11->surface->x - parent->x != window->state.x ||
		x11->surface->y - parent->y != window->state.y ||
		x11->surface->width != window->state.width ||
		x11->surface->height != window->state.height)
		window_describe(&x11->window);
}

static void on_set_startup_id(struct wl_listener *listener, void *data)
{
	struct x11 *x11 = wl_container_of(listener, x11, set_startup_id);

	(void)data;
	if (x11->window.wanted && x11->surface->startup_id)
		activation_take(&x11->window, x11->surface->startup_id);
}

/* It may choose its size as long as the host has none for it; never its place. */
static void on_request_configure(struct wl_listener *listener, void *data)
{
	struct x11 *x11 = wl_container_of(listener, x11, request_configure);
	const struct wlr_xwayland_surface_configure_event *event = data;
	const struct window_state *state = &x11->window.state;

	if (x11->surface->override_redirect)
		wlr_xwayland_surface_configure(
			x11->surface, event->x, event->y, event->width, event->height);
	else if (state->maximized || state->fullscreen || state->tiled)
		size_set(x11, state->width, state->height);
	else
		size_choose(x11, event->width, event->height);
}

static void on_request_maximize(struct wl_listener *listener, void *data)
{
	struct x11 *x11 = wl_container_of(listener, x11, request_maximize);
	bool maximized = x11->surface->maximized_horz && x11->surface->maximized_vert;

	(void)data;
	window_request(&x11->window, maximized ? VMSILO__WINDOWS__REQUEST__REQUEST_MAXIMIZE
					       : VMSILO__WINDOWS__REQUEST__REQUEST_UNMAXIMIZE);
}

static void on_request_fullscreen(struct wl_listener *listener, void *data)
{
	struct x11 *x11 = wl_container_of(listener, x11, request_fullscreen);

	(void)data;
	window_request(&x11->window, x11->surface->fullscreen
					     ? VMSILO__WINDOWS__REQUEST__REQUEST_FULLSCREEN
					     : VMSILO__WINDOWS__REQUEST__REQUEST_UNFULLSCREEN);
}

static void on_request_minimize(struct wl_listener *listener, void *data)
{
	struct x11 *x11 = wl_container_of(listener, x11, request_minimize);
	const struct wlr_xwayland_minimize_event *event = data;

	if (event->minimize)
		window_request(&x11->window, VMSILO__WINDOWS__REQUEST__REQUEST_MINIMIZE);
}

static void on_request_move(struct wl_listener *listener, void *data)
{
	struct x11 *x11 = wl_container_of(listener, x11, request_move);

	(void)data;
	window_request(&x11->window, VMSILO__WINDOWS__REQUEST__REQUEST_MOVE);
}

static void on_request_resize(struct wl_listener *listener, void *data)
{
	struct x11 *x11 = wl_container_of(listener, x11, request_resize);
	const struct wlr_xwayland_resize_event *event = data;

	x11->window.edges = event->edges;
	window_request(&x11->window, VMSILO__WINDOWS__REQUEST__REQUEST_RESIZE);
}

static void on_request_activate(struct wl_listener *listener, void *data)
{
	struct x11 *x11 = wl_container_of(listener, x11, request_activate);

	(void)data;
	if (x11->window.kind == &toplevel_kind && !startup_take(x11) &&
		!x11->window.state.activated)
		window_request(&x11->window, VMSILO__WINDOWS__REQUEST__REQUEST_ATTENTION);
}

/* ---- its life ---- */

static void on_destroy(struct wl_listener *listener, void *data)
{
	struct x11 *x11 = wl_container_of(listener, x11, destroy);
	struct wl_listener *listeners[] = {&x11->associate, &x11->dissociate, &x11->map,
		&x11->unmap, &x11->destroy, &x11->set_title, &x11->set_class, &x11->set_parent,
		&x11->set_hints, &x11->set_geometry, &x11->set_startup_id, &x11->request_configure,
		&x11->request_maximize, &x11->request_fullscreen, &x11->request_minimize,
		&x11->request_move, &x11->request_resize, &x11->request_activate};

	(void)data;
	x11_hide(x11);
	for (size_t i = 0; i < sizeof(listeners) / sizeof(*listeners); i++)
		server_deafen(listeners[i]);
	x11->surface->data = NULL;
	window_finish(&x11->window);
	free(x11);
}

static void says_listen(struct x11 *x11)
{
	struct wlr_xwayland_surface *surface = x11->surface;

	server_listen(&x11->set_title, &surface->events.set_title, on_set_title);
	server_listen(&x11->set_class, &surface->events.set_class, on_set_class);
	server_listen(&x11->set_parent, &surface->events.set_parent, on_set_parent);
	server_listen(&x11->set_hints, &surface->events.set_hints, on_set_hints);
	server_listen(&x11->set_geometry, &surface->events.set_geometry, on_set_geometry);
	server_listen(&x11->set_startup_id, &surface->events.set_startup_id, on_set_startup_id);
}

static void requests_listen(struct x11 *x11)
{
	struct wlr_xwayland_surface *surface = x11->surface;

	server_listen(
		&x11->request_configure, &surface->events.request_configure, on_request_configure);
	server_listen(
		&x11->request_maximize, &surface->events.request_maximize, on_request_maximize);
	server_listen(&x11->request_fullscreen, &surface->events.request_fullscreen,
		on_request_fullscreen);
	server_listen(
		&x11->request_minimize, &surface->events.request_minimize, on_request_minimize);
	server_listen(&x11->request_move, &surface->events.request_move, on_request_move);
	server_listen(&x11->request_resize, &surface->events.request_resize, on_request_resize);
	server_listen(
		&x11->request_activate, &surface->events.request_activate, on_request_activate);
}

void x11_on_new(struct wl_listener *listener, void *data)
{
	struct server *server = wl_container_of(listener, server, new_x11);
	struct wlr_xwayland_surface *surface = data;
	struct x11 *x11 = calloc(1, sizeof(*x11));

	if (!x11)
		return;
	x11->surface = surface;
	surface->data = x11;
	window_init(&x11->window, server, &toplevel_kind);
	x11->window.x11 = true;
	x11->window.scale = WINDOWS_SCALE_ONE;
	x11_place(server->x11_places++, server->screens.x11->width, server->screens.x11->height,
		&x11->x, &x11->y);
	wl_list_init(&x11->map.link);
	wl_list_init(&x11->unmap.link);
	server_listen(&x11->associate, &surface->events.associate, on_associate);
	server_listen(&x11->dissociate, &surface->events.dissociate, on_dissociate);
	server_listen(&x11->destroy, &surface->events.destroy, on_destroy);
	says_listen(x11);
	requests_listen(x11);
	if (!surface->override_redirect)
		size_choose(x11, surface->width, surface->height);
}
