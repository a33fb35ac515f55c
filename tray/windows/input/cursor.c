#include "tray/windows/input/cursor.h"

#include <cursor-shape-v1-client-protocol.h>
#include <stdlib.h>
#include <string.h>
#include <viewporter-client-protocol.h>
#include <wayland-cursor.h>

#include "tray/windows/draw/scale.h"
#include "tray/windows/input/input.h"
#include "tray/windows/rules/check.h"

#define THEME_SIZE 24 /* logical pixels, where XCURSOR_SIZE says nothing */
#define THEME_SIZE_MAX 96
#define SHAPE_DEFAULT 1

/* As wp_cursor_shape_device_v1 numbers them: their names in themes, which are CSS', and those that
 * X has had for them. */
static const struct {
	const char *name, *other;
} shapes[CURSOR_SHAPE_MAX + 1] = {
	{"default", "left_ptr"},
	{"default", "left_ptr"},
	{"context-menu", "left_ptr"},
	{"help", "question_arrow"},
	{"pointer", "hand2"},
	{"progress", "left_ptr_watch"},
	{"wait", "watch"},
	{"cell", "plus"},
	{"crosshair", "cross"},
	{"text", "xterm"},
	{"vertical-text", "xterm"},
	{"alias", "dnd-link"},
	{"copy", "dnd-copy"},
	{"move", "dnd-move"},
	{"no-drop", "dnd-none"},
	{"not-allowed", "crossed_circle"},
	{"grab", "hand1"},
	{"grabbing", "grabbing"},
	{"e-resize", "right_side"},
	{"n-resize", "top_side"},
	{"ne-resize", "top_right_corner"},
	{"nw-resize", "top_left_corner"},
	{"s-resize", "bottom_side"},
	{"se-resize", "bottom_right_corner"},
	{"sw-resize", "bottom_left_corner"},
	{"w-resize", "left_side"},
	{"ew-resize", "sb_h_double_arrow"},
	{"ns-resize", "sb_v_double_arrow"},
	{"nesw-resize", "fd_double_arrow"},
	{"nwse-resize", "bd_double_arrow"},
	{"col-resize", "sb_h_double_arrow"},
	{"row-resize", "sb_v_double_arrow"},
	{"all-scroll", "fleur"},
	{"zoom-in", "zoom-in"},
	{"zoom-out", "zoom-out"},
	{"dnd-ask", "dnd-ask"},
	{"all-resize", "fleur"},
};

/* ---- the theme ---- */

static int32_t theme_size(void)
{
	const char *text = getenv("XCURSOR_SIZE");
	long size = text ? strtol(text, NULL, 10) : 0;

	return size > 0 && size <= THEME_SIZE_MAX ? (int32_t)size : THEME_SIZE;
}

void cursor_load(struct cursor *cursor, struct desktop *desktop)
{
	*cursor = (struct cursor){.shape = SHAPE_DEFAULT, .current = -1};
	if (desktop->cursor_shapes)
		return;
	cursor->theme_scale = outputs_scale(&desktop->outputs);
	cursor->theme = wl_cursor_theme_load(getenv("XCURSOR_THEME"),
		scale_to_physical(theme_size(), cursor->theme_scale), desktop->shm);
}

static struct wl_cursor *theme_find(const struct cursor *cursor, uint32_t shape)
{
	struct wl_cursor *found = wl_cursor_theme_get_cursor(cursor->theme, shapes[shape].name);

	if (!found)
		found = wl_cursor_theme_get_cursor(cursor->theme, shapes[shape].other);
	if (!found)
		found = wl_cursor_theme_get_cursor(cursor->theme, shapes[SHAPE_DEFAULT].other);
	return found;
}

/* ---- showing ---- */

static void surface_show(struct cursor *cursor, uint32_t serial, struct wl_buffer *buffer,
	int32_t width, int32_t height, int32_t hot_x, int32_t hot_y, uint32_t scale)
{
	int32_t logical_width = scale_to_logical(width, scale);
	int32_t logical_height = scale_to_logical(height, scale);

	wl_surface_attach(cursor->surface, buffer, 0, 0);
	wl_surface_damage_buffer(cursor->surface, 0, 0, INT32_MAX, INT32_MAX);
	wp_viewport_set_destination(cursor->viewport, logical_width > 0 ? logical_width : 1,
		logical_height > 0 ? logical_height : 1);
	wl_surface_commit(cursor->surface);
	wl_pointer_set_cursor(cursor->pointer, serial, cursor->surface,
		scale_to_logical(hot_x, scale), scale_to_logical(hot_y, scale));
}

static void shape_show(struct cursor *cursor, uint32_t serial, uint32_t shape)
{
	if (cursor->device) {
		/* Version 1 knows fewer. */
		wp_cursor_shape_device_v1_set_shape(
			cursor->device, serial, shape <= 34 ? shape : SHAPE_DEFAULT);
		return;
	}
	struct wl_cursor *found = cursor->theme ? theme_find(cursor, shape) : NULL;
	if (!found)
		return;
	const struct wl_cursor_image *image = found->images[0];
	surface_show(cursor, serial, wl_cursor_image_get_buffer(found->images[0]),
		(int32_t)image->width, (int32_t)image->height, (int32_t)image->hotspot_x,
		(int32_t)image->hotspot_y, cursor->theme_scale);
}

static void picture_show(struct cursor *cursor, uint32_t serial)
{
	struct picture *picture;

	if (cursor->current < 0) {
		wl_pointer_set_cursor(cursor->pointer, serial, NULL, 0, 0);
		return;
	}
	picture = &cursor->pictures[cursor->current];
	picture->busy = true;
	surface_show(cursor, serial, picture->buffer, cursor->width, cursor->height, cursor->hot_x,
		cursor->hot_y, cursor->scale);
}

/* Edges as xdg_toplevel.resize_edge. */
static uint32_t edges_shape(uint32_t edges)
{
	static const uint8_t by_edges[] = {
		[1] = 19, [2] = 22, [4] = 25, [5] = 21, [6] = 24, [8] = 18, [9] = 20, [10] = 23};

	return edges < sizeof(by_edges) && by_edges[edges] ? by_edges[edges] : SHAPE_DEFAULT;
}

void cursor_update(struct input *input)
{
	struct cursor *cursor = &input->cursor;
	const struct pointer *pointer = &input->pointer;

	if (!cursor->pointer || pointer->window == 0)
		return;
	if (!pointer->on_content)
		shape_show(cursor, pointer->serial,
			pointer->frame.under == FRAME_EDGE ? edges_shape(pointer->frame.edges)
							   : SHAPE_DEFAULT);
	else if (cursor->shape)
		shape_show(cursor, pointer->serial, cursor->shape);
	else
		picture_show(cursor, pointer->serial);
}

/* ---- the guest's ---- */

/* A picture stands at its place: one beside it could be a label over another VM's window. */
static int32_t hot_cut(int32_t hot, uint32_t side)
{
	int32_t last = (int32_t)side - 1;

	return hot < 0 ? 0 : hot < last ? hot : last;
}

static void picture_take(struct input *input, const Vmsilo__Windows__Cursor *message)
{
	struct cursor *cursor = &input->cursor;
	int at = cursor->current == 0 ? 1 : 0;
	struct picture *picture = &cursor->pictures[at];

	cursor->current = -1;
	picture_finish(picture);
	if (message->width == 0 ||
		picture_init(picture, input->view->desktop->shm, (int32_t)message->width,
			(int32_t)message->height, false) < 0)
		return;
	memcpy(picture->pixels, message->pixels.data, message->pixels.len);
	cursor->current = at;
	cursor->width = (int32_t)message->width;
	cursor->height = (int32_t)message->height;
	cursor->hot_x = hot_cut(message->hot_x, message->width);
	cursor->hot_y = hot_cut(message->hot_y, message->height);
	cursor->scale = message->scale;
}

void cursor_on_message(struct input *input, const Vmsilo__Windows__Cursor *message)
{
	input->cursor.shape = message->shape;
	if (message->shape == 0)
		picture_take(input, message);
	if (input->pointer.on_content)
		cursor_update(input);
}

void cursor_set_pointer(struct input *input, struct wl_pointer *pointer)
{
	struct cursor *cursor = &input->cursor;
	const struct desktop *desktop = input->view->desktop;

	cursor->pointer = pointer;
	if (cursor->device)
		wp_cursor_shape_device_v1_destroy(cursor->device);
	cursor->device = NULL;
	if (!pointer)
		return;
	if (desktop->cursor_shapes)
		cursor->device =
			wp_cursor_shape_manager_v1_get_pointer(desktop->cursor_shapes, pointer);
	if (cursor->surface)
		return;
	cursor->surface = wl_compositor_create_surface(desktop->compositor);
	cursor->viewport = wp_viewporter_get_viewport(desktop->viewporter, cursor->surface);
}

void cursor_finish(struct input *input)
{
	struct cursor *cursor = &input->cursor;

	picture_finish(&cursor->pictures[0]);
	picture_finish(&cursor->pictures[1]);
	if (cursor->surface) {
		wp_viewport_destroy(cursor->viewport);
		wl_surface_destroy(cursor->surface);
	}
	if (cursor->theme)
		wl_cursor_theme_destroy(cursor->theme);
}
