#include "tray/windows/guest/shell/compose.h"

#include <drm_fourcc.h>
#include <math.h>
#include <stdlib.h>

#include "tray/windows/guest/pixels/scale.h"
#include "tray/windows/guest/shell/member.h"
#include "tray/windows/guest/shell/wlroots.h"

/* A surface's buffer while it is read. A program may shrink its memory under us at any time, so it
 * is asked for anew each time. */
struct source {
	struct wlr_buffer *buffer;
	pixman_image_t *image;
};

static bool source_open(struct source *source, struct wlr_surface *surface)
{
	struct wlr_texture *texture = wlr_surface_get_texture(surface);
	uint32_t format;
	size_t stride;
	void *data;

	source->buffer = surface->buffer ? surface->buffer->source : NULL;
	if (!texture || !source->buffer ||
		!wlr_buffer_begin_data_ptr_access(
			source->buffer, WLR_BUFFER_DATA_PTR_ACCESS_READ, &data, &format, &stride))
		return false;
	pixman_format_code_t code = pixman_image_get_format(wlr_pixman_texture_get_image(texture));
	source->image = pixman_image_create_bits_no_clear(
		code, source->buffer->width, source->buffer->height, data, (int)stride);
	if (!source->image)
		wlr_buffer_end_data_ptr_access(source->buffer);
	return source->image != NULL;
}

static void source_close(struct source *source)
{
	pixman_image_unref(source->image);
	wlr_buffer_end_data_ptr_access(source->buffer);
}

/* What wl_surface.set_buffer_transform says, as a way from the shown pixel to the buffer's. width,
 * height: the buffer's. */
static void transform_turn(
	pixman_transform_t *transform, enum wl_output_transform turn, int width, int height)
{
	static const int8_t cosine[] = {1, 0, -1, 0}, sine[] = {0, 1, 0, -1};
	unsigned int at = (4 - (turn & 3)) & 3; /* the other way round, counter-clockwise */

	if (turn == WL_OUTPUT_TRANSFORM_NORMAL)
		return;
	if (turn & 4) {
		pixman_transform_scale(transform, NULL, -pixman_fixed_1, pixman_fixed_1);
		pixman_transform_translate(
			transform, NULL, pixman_int_to_fixed(at & 1 ? height : width), 0);
	}
	pixman_transform_rotate(
		transform, NULL, pixman_int_to_fixed(cosine[at]), pixman_int_to_fixed(sine[at]));
	pixman_transform_translate(transform, NULL,
		pixman_int_to_fixed(at == 1   ? width
				    : at == 2 ? width
					      : 0),
		pixman_int_to_fixed(at == 2   ? height
				    : at == 3 ? height
					      : 0));
}

/* No pixel of the buffer is left out, turned or stretched. */
static bool surface_is_plain(struct wlr_surface *surface, int width, int height)
{
	struct wlr_fbox box;

	wlr_surface_get_buffer_source_box(surface, &box);
	return surface->current.transform == WL_OUTPUT_TRANSFORM_NORMAL && box.x == 0 &&
	       box.y == 0 && box.width == width && box.height == height;
}

/* Stretches the source to width and height pixels. */
static void source_fit(struct source *source, struct wlr_surface *surface, int width, int height)
{
	enum wl_output_transform turn = surface->current.transform;
	struct wlr_fbox box;
	pixman_transform_t transform;

	wlr_surface_get_buffer_source_box(surface, &box);
	double across = turn & 1 ? box.height : box.width, down = turn & 1 ? box.width : box.height;
	if (surface_is_plain(surface, width, height) || width <= 0 || height <= 0)
		return;
	pixman_transform_init_scale(&transform, pixman_double_to_fixed(across / width),
		pixman_double_to_fixed(down / height));
	transform_turn(&transform, turn, (int)lround(box.width), (int)lround(box.height));
	pixman_transform_translate(
		&transform, NULL, pixman_double_to_fixed(box.x), pixman_double_to_fixed(box.y));
	pixman_image_set_transform(source->image, &transform);
	pixman_image_set_repeat(source->image, PIXMAN_REPEAT_PAD);
	bool sharp = across == width && down == height;
	pixman_image_set_filter(
		source->image, sharp ? PIXMAN_FILTER_NEAREST : PIXMAN_FILTER_BILINEAR, NULL, 0);
}

static bool surface_is_opaque(struct wlr_surface *surface, const struct wlr_box *part)
{
	pixman_box32_t box = {part->x, part->y, part->x + part->width, part->y + part->height};

	return pixman_region32_contains_rectangle(&surface->opaque_region, &box) ==
	       PIXMAN_REGION_IN;
}

/* Where the surface's picture is, in physical pixels. */
static struct wlr_box member_place(const struct member *member, uint32_t scale)
{
	const struct wlr_box *box = &member->box;
	int x = scale_up(box->x, scale), y = scale_up(box->y, scale);

	return (struct wlr_box){x, y, scale_up(box->x + box->width, scale) - x,
		scale_up(box->y + box->height, scale) - y};
}

static void member_draw(struct member *member, pixman_image_t *image, uint32_t scale)
{
	struct wlr_box all = {0, 0, member->box.width, member->box.height};
	struct wlr_box place = member_place(member, scale);
	struct source source;

	if (!source_open(&source, member->surface))
		return;
	source_fit(&source, member->surface, place.width, place.height);
	pixman_op_t operation =
		surface_is_opaque(member->surface, &all) ? PIXMAN_OP_SRC : PIXMAN_OP_OVER;
	pixman_image_composite32(operation, source.image, NULL, image, 0, 0, 0, 0, place.x, place.y,
		place.width, place.height);
	source_close(&source);
}

bool compose_is_opaque(const struct window *window)
{
	const struct member *lowest;

	if (wl_list_empty(&window->members))
		return false;
	lowest = wl_container_of(window->members.next, lowest, link);
	const struct wlr_box part = {
		-lowest->box.x, -lowest->box.y, window->crop.width, window->crop.height};
	return surface_is_opaque(lowest->surface, &part);
}

void compose_window(struct window *window, const struct picture *picture, pixman_region32_t *region)
{
	static const pixman_color_t nothing = {0};
	struct member *member;
	int count;
	pixman_image_t *image =
		pixman_image_create_bits_no_clear(PIXMAN_a8r8g8b8, (int)picture->width,
			(int)picture->height, picture->pixels, (int)picture->stride * 4);

	if (!image)
		return;
	pixman_image_set_clip_region32(image, region);
	if (!compose_is_opaque(window)) {
		const pixman_box32_t *boxes = pixman_region32_rectangles(region, &count);
		pixman_image_fill_boxes(PIXMAN_OP_SRC, image, &nothing, count, boxes);
	}
	wl_list_for_each (member, &window->members, link)
		member_draw(member, image, window->scale);
	pixman_image_unref(image);
}

/* The only surface that is in the picture, if that shows its buffer pixel by pixel; NULL. */
static struct wlr_surface *only_surface(const struct window *window, struct wlr_box *ret_place)
{
	const struct member *member;

	if (wl_list_length(&window->members) != 1 || !compose_is_opaque(window))
		return NULL;
	member = wl_container_of(window->members.next, member, link);
	*ret_place = member_place(member, window->scale);
	return surface_is_plain(member->surface, ret_place->width, ret_place->height)
		       ? member->surface
		       : NULL;
}

struct wlr_buffer *compose_borrow(struct window *window, struct picture *ret)
{
	int width = (int)window->frames.width, height = (int)window->frames.height;
	struct wlr_box place;
	struct wlr_surface *surface = only_surface(window, &place);
	struct wlr_buffer *buffer = surface && surface->buffer ? surface->buffer->source : NULL;
	uint32_t format;
	size_t stride;
	void *data;

	if (!buffer || place.x > 0 || place.y > 0 || place.x + place.width < width ||
		place.y + place.height < height || place.width != buffer->width ||
		place.height != buffer->height ||
		!wlr_buffer_begin_data_ptr_access(
			buffer, WLR_BUFFER_DATA_PTR_ACCESS_READ, &data, &format, &stride))
		return NULL;
	if (stride % sizeof(uint32_t) != 0 || (uintptr_t)data % sizeof(uint32_t) != 0 ||
		(format != DRM_FORMAT_ARGB8888 && format != DRM_FORMAT_XRGB8888)) {
		wlr_buffer_end_data_ptr_access(buffer);
		return NULL;
	}
	*ret = (struct picture){
		.pixels = (uint32_t *)data - place.y * (ptrdiff_t)(stride / 4) - place.x,
		.width = window->frames.width,
		.height = window->frames.height,
		.stride = (uint32_t)(stride / 4),
	};
	return buffer;
}

void compose_return(struct wlr_buffer *buffer)
{
	wlr_buffer_end_data_ptr_access(buffer);
}

uint32_t *compose_surface(struct wlr_surface *surface, uint32_t scale, uint32_t side,
	uint32_t *ret_width, uint32_t *ret_height)
{
	int width = scale_up(surface->current.width, scale);
	int height = scale_up(surface->current.height, scale);
	struct source source;

	if (width < 1 || height < 1 || (uint32_t)width > side || (uint32_t)height > side)
		return NULL;
	uint32_t *pixels = calloc((size_t)width * (size_t)height, sizeof(*pixels));
	if (!pixels || !source_open(&source, surface)) {
		free(pixels);
		return NULL;
	}
	pixman_image_t *image = pixman_image_create_bits_no_clear(
		PIXMAN_a8r8g8b8, width, height, pixels, width * 4);
	source_fit(&source, surface, width, height);
	if (image)
		pixman_image_composite32(
			PIXMAN_OP_SRC, source.image, NULL, image, 0, 0, 0, 0, 0, 0, width, height);
	source_close(&source);
	if (image)
		pixman_image_unref(image);
	*ret_width = (uint32_t)width;
	*ret_height = (uint32_t)height;
	return pixels;
}
