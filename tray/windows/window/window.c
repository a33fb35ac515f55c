#include "tray/windows/window/window.h"

#include <fractional-scale-v1-client-protocol.h>
#include <stdlib.h>
#include <string.h>
#include <viewporter-client-protocol.h>
#include <xdg-shell-client-protocol.h>

#include "tray/windows/window/beat.h"
#include "tray/windows/window/popup.h"
#include "tray/windows/window/show.h"
#include "tray/windows/window/toplevel.h"

/* ---- finding ---- */

struct window *window_find(const struct view *view, uint32_t id)
{
	for (int i = 0; i < WINDOWS_MAX && id != 0; i++)
		if (view->windows[i] && view->windows[i]->id == id)
			return view->windows[i];
	return NULL;
}

bool window_any_active(const struct view *view)
{
	if (view->focused)
		return true;
	for (int i = 0; i < WINDOWS_MAX; i++)
		if (view->windows[i] && view->windows[i]->coming.activated)
			return true;
	return false;
}

const struct window_tag *window_tag_of(struct wl_surface *surface)
{
	return surface ? wl_surface_get_user_data(surface) : NULL;
}

uint32_t window_serial_next(struct view *view)
{
	if (++view->serial == 0)
		view->serial = 1;
	return view->serial;
}

/* ---- scale ---- */

uint32_t window_outputs(const struct window *window)
{
	return window->outputs[WINDOW_MAIN] | window->outputs[WINDOW_CONTENT];
}

uint32_t window_scale(const struct window *window)
{
	const struct outputs *outputs = &window->view->desktop->outputs;
	uint32_t on = window_outputs(window), largest = 0;

	if (window->preferred_scale[WINDOW_CONTENT])
		return window->preferred_scale[WINDOW_CONTENT];
	if (window->preferred_scale[WINDOW_MAIN])
		return window->preferred_scale[WINDOW_MAIN];
	for (int i = 0; i < WINDOWS_OUTPUTS_MAX; i++) {
		const struct output *output = outputs_at(outputs, i);
		if ((on >> i & 1) && output && output->scale > largest)
			largest = output->scale;
	}
	if (largest > 0)
		return largest;
	/* It is on none yet: a popup will be beside its parent. */
	const struct window *parent = window_find(window->view, window->parent);
	return parent ? window_scale(parent) : outputs_scale(outputs);
}

uint32_t window_content_scale(const struct window *window)
{
	return window->x11 ? WINDOWS_SCALE_ONE : window_scale(window);
}

/* Of a screen that was unplugged compositors need not say that the window left it, and its place
 * becomes another's. */
static void outputs_trim(struct window *window)
{
	for (int i = 0; i < WINDOWS_OUTPUTS_MAX; i++)
		for (int surface = 0; surface < WINDOW_SURFACES; surface++)
			if (!outputs_at(&window->view->desktop->outputs, i))
				window->outputs[surface] &= ~(UINT32_C(1) << i);
}

void window_rescale(struct window *window)
{
	outputs_trim(window);
	uint32_t scale = window_content_scale(window);

	/* An X program's content keeps its scale; our title does not. */
	if (window->x11 && window->mapped)
		window_show(window);
	if (!window->configured || !window->xdg || scale == window->wanted.scale)
		return;
	window->wanted.scale = scale;
	if (window->popup)
		popup_tell(window);
	else
		toplevel_tell(window);
}

static enum window_surface surface_of(const struct window_tag *tag)
{
	return tag->content ? WINDOW_CONTENT : WINDOW_MAIN;
}

static void output_set(const struct window_tag *tag, struct wl_output *output, bool on)
{
	struct window *window = tag->window;
	uint32_t *outputs = &window->outputs[surface_of(tag)];
	int place = outputs_place(&window->view->desktop->outputs, output);

	if (place < 0)
		return;
	if (on)
		*outputs |= UINT32_C(1) << place;
	else
		*outputs &= ~(UINT32_C(1) << place);
	if (window_outputs(window))
		window_rescale(window);
}

static void on_enter(void *data, struct wl_surface *surface, struct wl_output *output)
{
	const struct window_tag *tag = data;

	(void)surface;
	output_set(tag, output, true);
}

static void on_leave(void *data, struct wl_surface *surface, struct wl_output *output)
{
	const struct window_tag *tag = data;

	(void)surface;
	output_set(tag, output, false);
}

static const struct wl_surface_listener surface_listener = {.enter = on_enter, .leave = on_leave};

static void on_preferred_scale(
	void *data, struct wp_fractional_scale_v1 *fractional, uint32_t scale)
{
	const struct window_tag *tag = data;

	(void)fractional;
	if (scale < WINDOWS_SCALE_ONE / 2 || scale > WINDOWS_SCALE_MAX)
		return;
	tag->window->preferred_scale[surface_of(tag)] = scale;
	window_rescale(tag->window);
}

static const struct wp_fractional_scale_v1_listener fractional_listener = {
	.preferred_scale = on_preferred_scale};

/* ---- the frame ---- */

bool shape_is_free(const struct window_shape *shape)
{
	return !shape->maximized && !shape->fullscreen && !shape->tiled;
}

void window_style(
	const struct window *window, const struct window_shape *shape, struct frame_style *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->popup = window->popup;
	ret->titled = shape->titled && !shape->fullscreen;
	ret->bare = shape->fullscreen && window->view->fullscreen_bare;
	ret->buttons_maximize = window->can_maximize;
	ret->buttons_minimize = window->can_minimize;
}

bool window_is_lit(const struct window *window)
{
	return window->popup || window->shown.activated;
}

void window_content_at(const struct window *window, int32_t *ret_x, int32_t *ret_y)
{
	struct frame_style style;

	window_style(window, &window->shown, &style);
	*ret_x = frame_border(&style);
	*ret_y = frame_top(&style);
}

/* ---- shapes under way ---- */

void window_pending_add(struct window *window, uint32_t serial, uint32_t xdg_serial,
	const struct window_shape *shape)
{
	if (window->pending_count == WINDOW_PENDING_MAX) {
		window->pending_count--;
		memmove(window->pending, window->pending + 1,
			window->pending_count * sizeof(window->pending[0]));
	}
	window->pending[window->pending_count++] =
		(struct window_pending){serial, xdg_serial, *shape};
}

void window_pending_take(struct window *window, uint32_t serial)
{
	uint32_t acknowledged = 0;
	unsigned int count = 0;

	while (count < window->pending_count && window->pending[count].serial <= serial) {
		if (window->pending[count].xdg_serial)
			acknowledged = window->pending[count].xdg_serial;
		window->shown = window->pending[count++].shape;
		window->reshaped = true;
	}
	window->pending_count -= count;
	memmove(window->pending, window->pending + count,
		window->pending_count * sizeof(window->pending[0]));
	if (acknowledged && window->xdg)
		xdg_surface_ack_configure(window->xdg, acknowledged);
	if (window->pending_count == 0)
		window->waits_until = 0;
}

/* ---- life ---- */

static struct window **place_free(struct view *view)
{
	for (int i = 0; i < WINDOWS_MAX; i++)
		if (!view->windows[i])
			return &view->windows[i];
	return NULL;
}

static void place_leave(const struct window *window)
{
	struct view *view = window->view;

	for (int i = 0; i < WINDOWS_MAX; i++)
		if (view->windows[i] == window)
			view->windows[i] = NULL;
}

static void surface_watch(struct wl_surface *surface, struct window_tag *tag)
{
	struct window *window = tag->window;
	const struct desktop *desktop = window->view->desktop;
	struct wp_fractional_scale_v1 **fractional = &window->fractional[surface_of(tag)];

	wl_surface_add_listener(surface, &surface_listener, tag);
	if (!desktop->fractional)
		return;
	*fractional =
		wp_fractional_scale_manager_v1_get_fractional_scale(desktop->fractional, surface);
	wp_fractional_scale_v1_add_listener(*fractional, &fractional_listener, tag);
}

static void surfaces_make(struct window *window)
{
	const struct desktop *desktop = window->view->desktop;

	window->main = wl_compositor_create_surface(desktop->compositor);
	window->main_tag = (struct window_tag){window, false};
	surface_watch(window->main, &window->main_tag);
	window->viewport = wp_viewporter_get_viewport(desktop->viewporter, window->main);
	content_init(window);
	window->content_tag = (struct window_tag){window, true};
	surface_watch(window->content.surface, &window->content_tag);
	edges_init(window);
}

struct window *window_create(struct view *view, uint32_t id, bool popup)
{
	struct window **place = place_free(view);
	struct window *window = place ? calloc(1, sizeof(*window)) : NULL;

	if (!window)
		return NULL;
	window->view = view;
	window->id = id;
	window->popup = popup;
	window->coming.titled = !popup;
	*place = window;
	surfaces_make(window);
	return window;
}

void window_destroy(struct window *window)
{
	struct view *view = window->view;

	for (int i = 0; i < WINDOWS_MAX; i++) {
		struct window *other = view->windows[i];
		if (other && other->parent == window->id) {
			if (other->popup)
				popup_dismiss(other);
			other->parent = 0;
		}
	}
	/* Nobody says of a window that is gone that the button or the finger is up. */
	if (view->press.window == window->id)
		view->press.down = false;
	beat_finish(window);
	/* It has its place meanwhile: what has the grab above it is told from what is below. */
	if (window->popup)
		popup_finish(window);
	else
		toplevel_finish(window);
	place_leave(window);
	for (int i = 0; i < WINDOW_SURFACES; i++)
		if (window->fractional[i])
			wp_fractional_scale_v1_destroy(window->fractional[i]);
	edges_finish(&window->edges);
	content_finish(window);
	wp_viewport_destroy(window->viewport);
	wl_surface_destroy(window->main);
	free(window);
	view->on_counts(view->data);
}
