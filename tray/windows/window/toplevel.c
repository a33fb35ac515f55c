#include "tray/windows/window/toplevel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xdg-decoration-unstable-v1-client-protocol.h>
#include <xdg-shell-client-protocol.h>

#include "proto/wire/frame.h"
#include "tray/windows/draw/scale.h"
#include "tray/windows/window/show.h"
#include "tray/windows/window/size.h"

#define STATE_SUSPENDED 9 /* xdg_toplevel's, since version 6 of xdg-shell */

/* ---- what the guest is told ---- */

/* The wanted shape, and a size that was found for it. */
static uint32_t shape_tell(struct window *window, uint32_t xdg_serial, struct size size)
{
	const struct window_shape *shape = &window->wanted;
	Vmsilo__Windows__Configure message = VMSILO__WINDOWS__CONFIGURE__INIT;
	struct view *view = window->view;
	struct size bounds = size_bounds(window);

	message.window = window->id;
	message.serial = window_serial_next(view);
	message.width = (uint32_t)size.width;
	message.height = (uint32_t)size.height;
	message.scale = shape->scale;
	message.activated = shape->activated;
	message.maximized = shape->maximized;
	message.fullscreen = shape->fullscreen;
	message.resizing = shape->resizing;
	message.tiled = shape->tiled && message.width > 0;
	message.hidden = window->hidden;
	message.bounds_width = (uint32_t)bounds.width;
	message.bounds_height = (uint32_t)bounds.height;
	if (size.width != window->sent_width || size.height != window->sent_height)
		window->sent_serial = message.serial;
	window->sent_width = size.width;
	window->sent_height = size.height;
	window->sent_scale = shape->scale;
	window_pending_add(window, message.serial, xdg_serial, shape);
	rules_configured(&view->guest.rules, window->id, message.serial);
	guest_send(&view->guest, FRAME_WINDOWS_CONFIGURE, &message.base);
	return message.serial;
}

void toplevel_tell(struct window *window)
{
	if (window->configured)
		shape_tell(window, 0, size_wanted(window, NULL));
}

/* ---- what the compositor wants ---- */

static void patience_need(struct view *view)
{
	if (!uv_is_active((uv_handle_t *)&view->patience))
		uv_timer_again(&view->patience);
}

/* The old picture does not fit the new shape. */
static bool must_wait(const struct window *window)
{
	return (window->sent_width > 0 && window->sent_width != window->content.width) ||
	       (window->sent_height > 0 && window->sent_height != window->content.height);
}

static void on_xdg_configure(void *data, struct xdg_surface *xdg, uint32_t xdg_serial)
{
	struct window *window = data;
	const struct window_shape before = window->wanted;

	(void)xdg;
	window->wanted = window->coming;
	window->wanted.scale = window_content_scale(window);
	window->configured = true;
	if (window->wanted.suspended != before.suspended)
		window->hidden = window->wanted.suspended;
	uint32_t serial = shape_tell(window, xdg_serial, size_wanted(window, &before));
	size_heard(window);
	if (!window->mapped)
		return;
	if (must_wait(window)) {
		if (window->waits_until == 0)
			window->waits_until = uv_now(window->view->loop) + VIEW_PATIENCE_MS;
		patience_need(window->view);
		return;
	}
	window_pending_take(window, serial);
	window_show(window);
}

static const struct xdg_surface_listener xdg_listener = {.configure = on_xdg_configure};

static void state_add(struct window_shape *shape, uint32_t state)
{
	switch (state) {
	case XDG_TOPLEVEL_STATE_ACTIVATED:
		shape->activated = true;
		break;
	case XDG_TOPLEVEL_STATE_MAXIMIZED:
		shape->maximized = true;
		break;
	case XDG_TOPLEVEL_STATE_FULLSCREEN:
		shape->fullscreen = true;
		break;
	case XDG_TOPLEVEL_STATE_RESIZING:
		shape->resizing = true;
		break;
	case XDG_TOPLEVEL_STATE_TILED_LEFT:
	case XDG_TOPLEVEL_STATE_TILED_RIGHT:
	case XDG_TOPLEVEL_STATE_TILED_TOP:
	case XDG_TOPLEVEL_STATE_TILED_BOTTOM:
		shape->tiled = true;
		break;
	case STATE_SUSPENDED:
		shape->suspended = true;
		break;
	default:
		break;
	}
}

static void on_configure(void *data, struct xdg_toplevel *toplevel, int32_t width, int32_t height,
	struct wl_array *states)
{
	struct window *window = data;
	bool titled = window->coming.titled;
	const uint32_t *state;

	(void)toplevel;
	window->coming = (struct window_shape){.width = width, .height = height, .titled = titled};
	wl_array_for_each (state, states)
		state_add(&window->coming, *state);
}

static void on_close(void *data, struct xdg_toplevel *toplevel)
{
	const struct window *window = data;
	Vmsilo__Windows__Close message = VMSILO__WINDOWS__CLOSE__INIT;

	(void)toplevel;
	message.window = window->id;
	guest_send(&window->view->guest, FRAME_WINDOWS_CLOSE, &message.base);
}

static void on_bounds(void *data, struct xdg_toplevel *toplevel, int32_t width, int32_t height)
{
	struct window *window = data;

	(void)toplevel;
	window->bounds_width = width;
	window->bounds_height = height;
}

static void on_capabilities(void *data, struct xdg_toplevel *toplevel, struct wl_array *list)
{
	struct window *window = data;
	const uint32_t *capability;

	(void)toplevel;
	window->can_maximize = window->can_minimize = false;
	wl_array_for_each (capability, list) {
		if (*capability == XDG_TOPLEVEL_WM_CAPABILITIES_MAXIMIZE)
			window->can_maximize = true;
		if (*capability == XDG_TOPLEVEL_WM_CAPABILITIES_MINIMIZE)
			window->can_minimize = true;
	}
}

static const struct xdg_toplevel_listener toplevel_listener = {
	.configure = on_configure,
	.close = on_close,
	.configure_bounds = on_bounds,
	.wm_capabilities = on_capabilities,
};

static void on_decoration(void *data, struct zxdg_toplevel_decoration_v1 *decoration, uint32_t mode)
{
	struct window *window = data;

	(void)decoration;
	window->coming.titled = mode != ZXDG_TOPLEVEL_DECORATION_V1_MODE_SERVER_SIDE;
}

static const struct zxdg_toplevel_decoration_v1_listener decoration_listener = {
	.configure = on_decoration};

/* ---- patience ---- */

static void title_apply(struct window *window)
{
	char label[LABEL_SIZE];

	snprintf(window->title, sizeof(window->title), "%s", window->next_title);
	window->titled_at = uv_now(window->view->loop);
	label_make(label, sizeof(label), window->view->vm, window->title);
	xdg_toplevel_set_title(window->toplevel, label);
}

static bool title_is_due(const struct window *window)
{
	return window->toplevel && strcmp(window->title, window->next_title) != 0;
}

/* The guest has not followed in time: its old picture is cut or surrounded. */
static void window_patience(struct window *window, uint64_t now)
{
	bool show = false;

	if (window->waits_until > 0 && now >= window->waits_until) {
		window_pending_take(window, UINT32_MAX);
		show = true;
	}
	if (title_is_due(window) && now - window->titled_at >= VIEW_TITLE_MS) {
		title_apply(window);
		show = true;
	}
	if (show && window->mapped)
		window_show(window);
}

static void on_patience(uv_timer_t *timer)
{
	struct view *view = timer->data;
	bool needed = false;

	for (int i = 0; i < WINDOWS_MAX; i++) {
		struct window *window = view->windows[i];
		if (!window || window->popup)
			continue;
		window_patience(window, uv_now(view->loop));
		needed = needed || window->waits_until > 0 || title_is_due(window);
	}
	if (!needed)
		uv_timer_stop(timer);
}

int toplevel_patience_init(struct view *view)
{
	int code = uv_timer_init(view->loop, &view->patience);

	view->patience.data = view;
	if (code == 0)
		code = uv_timer_start(&view->patience, on_patience, VIEW_TITLE_MS, VIEW_TITLE_MS);
	uv_timer_stop(&view->patience);
	return code;
}

/* ---- what the guest says of it ---- */

static int32_t hint_bound(uint32_t untrusted_side)
{
	return untrusted_side < WINDOWS_SIDE_MAX ? (int32_t)untrusted_side : WINDOWS_SIDE_MAX;
}

/* A hint of 0 is none; ours for the least is there always. */
static void hints_send(const struct window *window)
{
	const struct frame_style style = {.titled = true};
	uint32_t scale = window->configured ? window->wanted.scale : window_content_scale(window);
	int32_t min_width, min_height, max_width, max_height;

	frame_around(&style, scale_hold(window->min_width, scale),
		scale_hold(window->min_height, scale), &min_width, &min_height);
	frame_around(&style, scale_hold(window->max_width, scale),
		scale_hold(window->max_height, scale), &max_width, &max_height);
	max_width = window->max_width > 0 && max_width >= min_width ? max_width : 0;
	max_height = window->max_height > 0 && max_height >= min_height ? max_height : 0;
	xdg_toplevel_set_min_size(window->toplevel, min_width, min_height);
	xdg_toplevel_set_max_size(window->toplevel, max_width, max_height);
}

static void app_id_set(struct window *window, const char *untrusted_app_id)
{
	char app_id[LABEL_APP_ID_SIZE];
	size_t prefix = strlen("vmsilo..") + strlen(window->view->vm);

	label_app_id(app_id, sizeof(app_id), window->view->vm, untrusted_app_id);
	xdg_toplevel_set_app_id(window->toplevel, app_id);
	strncpy(window->app_id, app_id + prefix, sizeof(window->app_id) - 1);
}

static void title_set(struct window *window, const char *untrusted_title)
{
	label_title(window->next_title, sizeof(window->next_title), untrusted_title);
	if (!title_is_due(window) && window->titled_at > 0)
		return;
	if (uv_now(window->view->loop) - window->titled_at < VIEW_TITLE_MS) {
		patience_need(window->view);
		return;
	}
	title_apply(window);
	if (window->mapped)
		window_show(window);
}

void toplevel_update(struct window *window, const Vmsilo__Windows__Toplevel *message)
{
	const struct window *parent = window_find(window->view, message->parent);
	const int32_t hints[] = {hint_bound(message->min_width), hint_bound(message->min_height),
		hint_bound(message->max_width), hint_bound(message->max_height)};

	if (message->parent != window->parent)
		xdg_toplevel_set_parent(window->toplevel, parent ? parent->toplevel : NULL);
	window->parent = message->parent;
	title_set(window, message->title);
	app_id_set(window, message->app_id);
	if (window->min_width == hints[0] && window->min_height == hints[1] &&
		window->max_width == hints[2] && window->max_height == hints[3] &&
		window->configured)
		return;
	window->min_width = hints[0];
	window->min_height = hints[1];
	window->max_width = hints[2];
	window->max_height = hints[3];
	hints_send(window);
}

int toplevel_create(struct view *view, const Vmsilo__Windows__Toplevel *message)
{
	struct window *window = window_create(view, message->window, false);
	const struct desktop *desktop = view->desktop;

	if (!window)
		return UV_ENOMEM;
	window->x11 = message->x11;
	/* Compositors that do not say what they can do can do this. */
	window->can_maximize = window->can_minimize = true;
	window->xdg = xdg_wm_base_get_xdg_surface(desktop->shell, window->main);
	xdg_surface_add_listener(window->xdg, &xdg_listener, window);
	window->toplevel = xdg_surface_get_toplevel(window->xdg);
	xdg_toplevel_add_listener(window->toplevel, &toplevel_listener, window);
	if (desktop->decorations) {
		window->decoration = zxdg_decoration_manager_v1_get_toplevel_decoration(
			desktop->decorations, window->toplevel);
		zxdg_toplevel_decoration_v1_add_listener(
			window->decoration, &decoration_listener, window);
		zxdg_toplevel_decoration_v1_set_mode(
			window->decoration, ZXDG_TOPLEVEL_DECORATION_V1_MODE_CLIENT_SIDE);
	}
	toplevel_update(window, message);
	wl_surface_commit(window->main);
	return 0;
}

void toplevel_finish(struct window *window)
{
	if (window->decoration)
		zxdg_toplevel_decoration_v1_destroy(window->decoration);
	xdg_toplevel_destroy(window->toplevel);
	xdg_surface_destroy(window->xdg);
}

void toplevel_on_mapped(struct window *window)
{
	hints_send(window);
	window->view->on_mapped(window->view->data, window);
}
