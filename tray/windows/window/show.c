#include "tray/windows/window/show.h"

#include <string.h>
#include <viewporter-client-protocol.h>
#include <xdg-shell-client-protocol.h>

#include "tray/windows/draw/scale.h"
#include "tray/windows/window/beat.h"
#include "tray/windows/window/edges.h"
#include "tray/windows/window/popup.h"
#include "tray/windows/window/size.h"
#include "tray/windows/window/toplevel.h"

/* In these the compositor has the last word on the size. */
static bool is_fixed(const struct window_shape *shape)
{
	return !shape_is_free(shape) && shape->width > 0 && shape->height > 0;
}

static void popup_bound(const struct window *window, int32_t *width, int32_t *height)
{
	int32_t most_width, most_height;

	popup_most(window, &most_width, &most_height);
	*width = *width < most_width ? *width : most_width;
	*height = *height < most_height ? *height : most_height;
}

/* The frame's size, and of the content what is seen of it and where. */
static void layout_make(const struct window *window, const struct frame_style *style,
	int32_t *ret_width, int32_t *ret_height, struct frame_box *ret_content)
{
	const struct window_shape *shape = &window->shown;
	int32_t room_width, room_height;

	content_size(&window->content, &ret_content->width, &ret_content->height);
	if (!window->popup && is_fixed(shape)) {
		*ret_width = shape->width;
		*ret_height = shape->height;
	} else {
		frame_around(style, ret_content->width, ret_content->height, ret_width, ret_height);
		if (window->popup)
			popup_bound(window, ret_width, ret_height);
	}
	frame_room(style, *ret_width, *ret_height, &room_width, &room_height);
	if (ret_content->width > room_width)
		ret_content->width = scale_floor(room_width, window->content.scale);
	if (ret_content->height > room_height)
		ret_content->height = scale_floor(room_height, window->content.scale);
	ret_content->x = frame_border(style);
	ret_content->y = frame_top(style);
}

/* What is behind the content: through a program's round corners, or where it has not followed a new
 * size, the frame's colour is seen and never another window. A popup's frame is a ring: menus are
 * round, and lie on their own program. */
static struct wl_buffer *backing_of(const struct window *window)
{
	const struct view *view = window->view;

	if (window->popup)
		return view->nothing.buffer;
	return window_is_lit(window) ? view->active.buffer : view->inactive.buffer;
}

/* As large as the frame: what the pointer meets where no content is. */
static void main_commit(struct window *window, int32_t width, int32_t height)
{
	bool resized = width != window->width || height != window->height;
	struct wl_buffer *backing = backing_of(window);

	/* weston takes note of a new shape only where a buffer comes with it. */
	if (!window->mapped || window->reshaped || resized || backing != window->backing) {
		wl_surface_attach(window->main, backing, 0, 0);
		wl_surface_damage_buffer(window->main, 0, 0, INT32_MAX, INT32_MAX);
	}
	window->reshaped = false;
	window->backing = backing;
	if (!window->mapped || resized) {
		size_chosen(window, width, height);
		edge_source(window->viewport);
		wp_viewport_set_destination(window->viewport, width, height);
		xdg_surface_set_window_geometry(window->xdg, 0, 0, width, height);
	}
	wl_surface_commit(window->main);
	window->width = width;
	window->height = height;
}

static void map_tell(struct window *window)
{
	if (window->mapped)
		return;
	window->mapped = true;
	window->mapped_at = uv_now(window->view->loop);
	/* A VM that the user is at may show more of itself. */
	window->asked = window->asked || window->view->focused != 0;
	if (!window->popup)
		toplevel_on_mapped(window);
	window->view->on_counts(window->view->data);
}

void window_show(struct window *window)
{
	struct frame_style style;
	struct frame_box content = {0};
	int32_t width, height;

	if (!window->xdg || !window->configured || window->content.width == 0)
		return;
	window_style(window, &window->shown, &style);
	layout_make(window, &style, &width, &height, &content);
	wl_subsurface_set_position(window->content.subsurface, content.x, content.y);
	if (!edges_commit(window, width, height, &content, frame_is_labelled(&style)))
		content.width = 0; /* no label, no pixels */
	content_light(window);
	content_commit(
		&window->content, window->view->desktop->compositor, content.width, content.height);
	main_commit(window, width, height);
	map_tell(window);
}

void window_show_frame(struct window *window, uint32_t serial)
{
	window->frames++;
	window->drawn_serial = serial;
	/* Before the first picture the compositor must have its answer, whatever the guest says. */
	window_pending_take(window, window->mapped ? serial : UINT32_MAX);
	if (!window->xdg || !window->configured || window->content.width == 0) {
		beat_skip(window);
		return;
	}
	beat_ask(window);
	window_show(window);
}
