/*
 * Small pictures: rows of pixels without padding, each A, R, G, B, not premultiplied, as
 * StatusNotifierItem's pixmaps have them. Pure.
 *
 * A marked picture has a border in the VM's colour, opaque and outermost at every size; what the
 * guest drew lies within it.
 */
#ifndef VMSILO_TRAY_MODEL_PICTURE_H
#define VMSILO_TRAY_MODEL_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/base/colour.h"

struct picture {
	uint32_t width, height; /* both 0: no picture */
	uint8_t *pixels;        /* width * height * 4; owned */
};

void picture_finish(struct picture *picture);
bool picture_is_empty(const struct picture *picture);
bool picture_equal(const struct picture *a, const struct picture *b);

/* A copy of pixels that someone else made: UV_EPROTO when a side is 0 or above side_max, or length
 * does not fit the sides; 0 by 0 with length 0 is no picture. UV_ENOMEM. */
int picture_from(uint32_t width, uint32_t height, const uint8_t *pixels, size_t length,
	uint32_t side_max, struct picture *ret);
/* Scaled to these sides (each at least 1): averages when it shrinks, nearest when it grows. */
int picture_scale(const struct picture *from, uint32_t width, uint32_t height, struct picture *ret);
/* The same picture, shrunk when a side is above side_max; its proportions kept. */
int picture_fit(const struct picture *from, uint32_t side_max, struct picture *ret);
/* Draws above over under, within the lower right quarter. above may be empty. */
int picture_overlay(struct picture *under, const struct picture *above);

/* The border's width at this side. */
uint32_t picture_border(uint32_t side);
/* A square with the border, and content (may be empty: the square is then filled) within it. */
int picture_mark(
	const struct picture *content, uint32_t side, struct colour colour, struct picture *ret);

#endif
