/* A picture in memory: rows of pixels, 0xAARRGGBB, premultiplied. And a rectangle in one. */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_PIXELS_PICTURE_H
#define VMSILO_TRAY_WINDOWS_GUEST_PIXELS_PICTURE_H

#include <stdint.h>

struct picture {
	uint32_t *pixels;
	uint32_t width, height;
	uint32_t stride; /* in pixels */
};

struct area {
	uint32_t x, y, width, height;
};

static inline uint32_t *picture_at(const struct picture *picture, uint32_t x, uint32_t y)
{
	return picture->pixels + (uint64_t)y * picture->stride + x;
}

#endif
