#include "tray/windows/window/edges.h"

#include <stdio.h>
#include <string.h>
#include <viewporter-client-protocol.h>

#include "tray/windows/draw/scale.h"
#include "tray/windows/window/window.h"

void edges_init(struct window *window)
{
	const struct desktop *desktop = window->view->desktop;

	for (int i = 0; i < EDGES; i++) {
		struct edge *edge = &window->edges.edges[i];
		struct wl_region *nothing = wl_compositor_create_region(desktop->compositor);
		edge->surface = wl_compositor_create_surface(desktop->compositor);
		edge->subsurface = wl_subcompositor_get_subsurface(
			desktop->subcompositor, edge->surface, window->main);
		edge->viewport = wp_viewporter_get_viewport(desktop->viewporter, edge->surface);
		wl_surface_set_input_region(edge->surface, nothing);
		wl_region_destroy(nothing);
	}
}

void edges_finish(struct edges *edges)
{
	for (int i = 0; i < EDGES; i++) {
		wp_viewport_destroy(edges->edges[i].viewport);
		wl_subsurface_destroy(edges->edges[i].subsurface);
		wl_surface_destroy(edges->edges[i].surface);
	}
	picture_finish(&edges->titles[0]);
	picture_finish(&edges->titles[1]);
}

void edges_forget(struct edges *edges)
{
	for (int i = 0; i < EDGES; i++)
		edges->edges[i].buffer = NULL;
	edges->is_drawn = false;
}

/* ---- the title ---- */

static void drawn_make(const struct window *window, int32_t width, struct edges_drawn *ret)
{
	const struct view *view = window->view;

	memset(ret, 0, sizeof(*ret)); /* they are compared as bytes */
	window_style(window, &window->shown, &ret->style);
	if (ret->style.titled)
		snprintf(ret->title, sizeof(ret->title), "%s", window->title);
	ret->width = width;
	ret->scale = window_scale(window);
	ret->activated = window->shown.activated;
	ret->maximized = window->shown.maximized;
	ret->under = window->edges.under;
	ret->colour = (uint32_t)view->colour.red << 16 | (uint32_t)view->colour.green << 8 |
		      view->colour.blue;
}

static struct picture *title_picture(struct window *window, int32_t width, int32_t height)
{
	struct edges *edges = &window->edges;
	struct picture *picture = &edges->titles[edges->titles[0].busy];

	if (picture->pixels && picture->width == width && picture->height == height)
		return picture;
	picture_finish(picture);
	return picture_init(picture, window->view->desktop->shm, width, height, true) < 0 ? NULL
											  : picture;
}

static struct picture *title_draw(struct window *window, const struct edges_drawn *drawn)
{
	const struct view *view = window->view;
	int32_t width = scale_to_physical(scale_floor(drawn->width, drawn->scale), drawn->scale);
	int32_t height = scale_to_physical(frame_top(&drawn->style), drawn->scale);
	struct picture *picture = width > 0 ? title_picture(window, width, height) : NULL;
	const struct painter_title title = {
		.style = &drawn->style,
		.vm = view->vm,
		.title = drawn->title,
		.colour = drawn->activated ? view->colour : label_dim(view->colour),
		.scale = drawn->scale,
		.width = drawn->width,
		.maximized = drawn->maximized,
		.under = drawn->under,
	};

	if (picture)
		painter_title(view->text, &title,
			&(const struct canvas){picture->pixels, width, height, width * 4});
	return picture;
}

/* The top with its label. */
static bool title_commit(
	struct window *window, struct edge *edge, const struct frame_box *box, int32_t width)
{
	const wl_fixed_t whole = wl_fixed_from_int(-1);
	struct edges *edges = &window->edges;
	struct edges_drawn drawn;

	drawn_make(window, width, &drawn);
	/* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison): made of zeros, gaps included */
	if (edges->is_drawn && memcmp(&drawn, &edges->drawn, sizeof(drawn)) == 0)
		return true;
	struct picture *picture = title_draw(window, &drawn);
	if (!picture)
		return false;
	memcpy(&edges->drawn, &drawn, sizeof(drawn));
	edges->is_drawn = true;
	picture_attach(picture, edge->surface);
	wl_surface_damage_buffer(edge->surface, 0, 0, INT32_MAX, INT32_MAX);
	wl_subsurface_set_position(edge->subsurface, 0, 0);
	wp_viewport_set_source(edge->viewport, whole, whole, whole, whole);
	wp_viewport_set_destination(edge->viewport, box->width, box->height);
	wl_surface_commit(edge->surface);
	edge->buffer = NULL;
	edge->box = *box;
	return true;
}

/* ---- plain edges ---- */

void edge_source(struct wp_viewport *viewport)
{
	const wl_fixed_t middle = wl_fixed_from_int(EDGE_SIDE / 2), one = wl_fixed_from_int(1);

	wp_viewport_set_source(viewport, middle, middle, one, one);
}

static void edge_commit(const struct window *window, struct edge *edge, const struct frame_box *box)
{
	const struct view *view = window->view;
	struct wl_buffer *buffer =
		window_is_lit(window) ? view->active.buffer : view->inactive.buffer;

	if (box->width <= 0 || box->height <= 0)
		buffer = NULL;
	if (edge->buffer == buffer && memcmp(&edge->box, box, sizeof(*box)) == 0)
		return;
	wl_surface_attach(edge->surface, buffer, 0, 0);
	wl_surface_damage_buffer(edge->surface, 0, 0, INT32_MAX, INT32_MAX);
	if (buffer) {
		wl_subsurface_set_position(edge->subsurface, box->x, box->y);
		edge_source(edge->viewport);
		wp_viewport_set_destination(edge->viewport, box->width, box->height);
	}
	wl_surface_commit(edge->surface);
	edge->buffer = buffer;
	edge->box = *box;
}

bool edges_commit(struct window *window, int32_t width, int32_t height,
	const struct frame_box *content, bool labelled)
{
	struct edge *edges = window->edges.edges;
	int32_t right = content->x + content->width, bottom = content->y + content->height;
	int32_t top = labelled ? scale_floor(width, window_scale(window)) : width;
	const struct frame_box boxes[EDGES] = {
		[EDGE_AT_TOP] = {0, 0, top, content->y},
		[EDGE_AT_LEFT] = {0, content->y, content->x, height - content->y},
		[EDGE_AT_RIGHT] = {right, content->y, width - right, height - content->y},
		[EDGE_AT_BOTTOM] = {content->x, bottom, content->width, height - bottom},
		[EDGE_AT_REST] = {top, 0, width - top, content->y},
	};

	for (int i = EDGE_AT_LEFT; i < EDGES; i++)
		edge_commit(window, &edges[i], &boxes[i]);
	if (labelled)
		return title_commit(window, &edges[EDGE_AT_TOP], &boxes[EDGE_AT_TOP], width);
	window->edges.is_drawn = false;
	edge_commit(window, &edges[EDGE_AT_TOP], &boxes[EDGE_AT_TOP]);
	return true;
}
