#include "tray/pictures/picture-png.h"

#include <png.h>
#include <stdlib.h>
#include <uv.h>

#include "proto/base/cleanup.h"

uint8_t *picture_to_rgba(const struct picture *picture)
{
	size_t count = (size_t)picture->width * picture->height;
	uint8_t *rgba = malloc(count * 4);

	for (size_t i = 0; rgba && i < count; i++) {
		const uint8_t *argb = picture->pixels + i * 4;
		for (int k = 0; k < 4; k++)
			rgba[i * 4 + (size_t)k] = argb[(k + 1) % 4];
	}
	return rgba;
}

int picture_to_png(const struct picture *picture, uint8_t **ret, size_t *ret_length)
{
	png_image image = {.version = PNG_IMAGE_VERSION,
		.width = picture->width,
		.height = picture->height,
		.format = PNG_FORMAT_RGBA};
	_cleanup_free_ uint8_t *rgba = picture_to_rgba(picture);
	size_t room = PNG_IMAGE_PNG_SIZE_MAX(image);
	_cleanup_free_ uint8_t *png = malloc(room);

	if (!rgba || !png || !png_image_write_to_memory(&image, png, &room, 0, rgba, 0, NULL))
		return UV_ENOMEM;
	*ret = steal_pointer(&png);
	*ret_length = room;
	return 0;
}

/* The sides are known, and judged, before anything is made of them. */
int picture_from_png(const uint8_t *png, size_t length, uint32_t side_max, struct picture *ret)
{
	png_image image = {.version = PNG_IMAGE_VERSION};
	int code = UV_EINVAL;

	*ret = (struct picture){0};
	if (png_image_begin_read_from_memory(&image, png, length) && image.width > 0 &&
		image.height > 0 && image.width <= side_max && image.height <= side_max) {
		image.format = PNG_FORMAT_ARGB;
		size_t size = PNG_IMAGE_SIZE(image);
		_cleanup_free_ uint8_t *pixels = malloc(size);
		code = UV_ENOMEM;
		if (pixels)
			code = png_image_finish_read(&image, NULL, pixels, 0, NULL)
				       ? picture_from(image.width, image.height, pixels, size,
						 side_max, ret)
				       : UV_EINVAL;
	}
	png_image_free(&image);
	return code;
}
