#include "tray/model/picture.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define BYTES 4 /* of a pixel */

void picture_finish(struct picture *picture)
{
	free(picture->pixels);
	*picture = (struct picture){0};
}

bool picture_is_empty(const struct picture *picture)
{
	return picture->width == 0;
}

bool picture_equal(const struct picture *a, const struct picture *b)
{
	return a->width == b->width && a->height == b->height &&
	       (picture_is_empty(a) ||
		       memcmp(a->pixels, b->pixels, (size_t)a->width * a->height * BYTES) == 0);
}

static int picture_allocate(uint32_t width, uint32_t height, struct picture *ret)
{
	*ret = (struct picture){.width = width, .height = height};
	ret->pixels = calloc((size_t)width * height, BYTES);
	if (ret->pixels)
		return 0;
	*ret = (struct picture){0};
	return UV_ENOMEM;
}

int picture_from(uint32_t width, uint32_t height, const uint8_t *pixels, size_t length,
	uint32_t side_max, struct picture *ret)
{
	*ret = (struct picture){0};
	if (width == 0 && height == 0 && length == 0)
		return 0;
	if (width == 0 || height == 0 || width > side_max || height > side_max ||
		length != (size_t)width * height * BYTES)
		return UV_EPROTO;
	int code = picture_allocate(width, height, ret);
	if (code == 0)
		memcpy(ret->pixels, pixels, length);
	return code;
}

static uint8_t *pixel_at(const struct picture *picture, uint32_t x, uint32_t y)
{
	return picture->pixels + ((size_t)y * picture->width + x) * BYTES;
}

/* The first source row or column of the place at in a line of length to. */
static uint32_t place(uint32_t at, uint32_t from, uint32_t to)
{
	return (uint32_t)((uint64_t)at * from / to);
}

/* Averages the rectangle; colours count by their opacity. */
static void average(const struct picture *from, uint32_t x0, uint32_t x1, uint32_t y0, uint32_t y1,
	uint8_t *out)
{
	uint64_t sum[BYTES] = {0}, count = (uint64_t)(x1 - x0) * (y1 - y0);

	for (uint32_t y = y0; y < y1; y++) {
		for (uint32_t x = x0; x < x1; x++) {
			const uint8_t *pixel = pixel_at(from, x, y);
			sum[0] += pixel[0];
			for (int i = 1; i < BYTES; i++)
				sum[i] += (uint64_t)pixel[i] * pixel[0];
		}
	}
	out[0] = (uint8_t)(sum[0] / count);
	for (int i = 1; i < BYTES; i++)
		out[i] = sum[0] > 0 ? (uint8_t)(sum[i] / sum[0]) : 0;
}

int picture_scale(const struct picture *from, uint32_t width, uint32_t height, struct picture *ret)
{
	int code = picture_allocate(width, height, ret);

	if (code < 0)
		return code;
	for (uint32_t y = 0; y < height; y++) {
		uint32_t y0 = place(y, from->height, height);
		uint32_t y1 = place(y + 1, from->height, height);
		for (uint32_t x = 0; x < width; x++) {
			uint32_t x0 = place(x, from->width, width);
			uint32_t x1 = place(x + 1, from->width, width);
			average(from, x0, x1 > x0 ? x1 : x0 + 1, y0, y1 > y0 ? y1 : y0 + 1,
				pixel_at(ret, x, y));
		}
	}
	return 0;
}

/* The sides of a picture that touches a square of this side from within. */
static void sides_fit(
	const struct picture *from, uint32_t side, uint32_t *ret_width, uint32_t *ret_height)
{
	uint32_t longer = from->width > from->height ? from->width : from->height;
	uint32_t width = place(from->width, side, longer);
	uint32_t height = place(from->height, side, longer);

	*ret_width = width > 0 ? width : 1;
	*ret_height = height > 0 ? height : 1;
}

int picture_fit(const struct picture *from, uint32_t side_max, struct picture *ret)
{
	uint32_t width = from->width, height = from->height;

	*ret = (struct picture){0};
	if (picture_is_empty(from))
		return 0;
	if (width > side_max || height > side_max)
		sides_fit(from, side_max, &width, &height);
	return picture_scale(from, width, height, ret);
}

/* above over under, neither premultiplied. */
static void pixel_blend(uint8_t *under, const uint8_t *above)
{
	uint32_t over = above[0], rest = under[0] * (255 - over) / 255, alpha = over + rest;

	if (alpha == 0)
		return;
	for (int i = 1; i < BYTES; i++)
		under[i] = (uint8_t)((above[i] * over + under[i] * rest) / alpha);
	under[0] = (uint8_t)alpha;
}

/* Draws content, scaled into a square of this side at (left, top), in its middle. */
static int draw_into(struct picture *under, const struct picture *content, uint32_t left,
	uint32_t top, uint32_t side)
{
	struct picture scaled;
	uint32_t width, height;

	sides_fit(content, side, &width, &height);
	int code = picture_scale(content, width, height, &scaled);
	if (code < 0)
		return code;
	left += (side - width) / 2;
	top += (side - height) / 2;
	for (uint32_t y = 0; y < height; y++)
		for (uint32_t x = 0; x < width; x++)
			pixel_blend(pixel_at(under, left + x, top + y), pixel_at(&scaled, x, y));
	picture_finish(&scaled);
	return 0;
}

int picture_overlay(struct picture *under, const struct picture *above)
{
	uint32_t shorter = under->width < under->height ? under->width : under->height;
	uint32_t side = (shorter + 1) / 2;

	if (picture_is_empty(under) || picture_is_empty(above))
		return 0;
	return draw_into(under, above, under->width - side, under->height - side, side);
}

uint32_t picture_border(uint32_t side)
{
	return side < 20 ? 2 : (side + 5) / 10;
}

int picture_mark(
	const struct picture *content, uint32_t side, struct colour colour, struct picture *ret)
{
	const uint8_t opaque[BYTES] = {255, colour.red, colour.green, colour.blue};
	uint32_t border = picture_border(side), end = side - border;
	bool filled = picture_is_empty(content);
	int code = picture_allocate(side, side, ret);

	if (code == 0 && !filled)
		code = draw_into(ret, content, border, border, side - 2 * border);
	if (code < 0) {
		picture_finish(ret);
		return code;
	}
	for (uint32_t y = 0; y < side; y++)
		for (uint32_t x = 0; x < side; x++)
			if (filled || x < border || y < border || x >= end || y >= end)
				memcpy(pixel_at(ret, x, y), opaque, BYTES);
	return 0;
}
