/*
 * One line of text by HarfBuzz and FreeType. Fonts are chosen and opened when it is made, since
 * nothing can be opened later; what none of them has is drawn as a box.
 */
#ifndef VMSILO_TRAY_WINDOWS_DRAW_TEXT_H
#define VMSILO_TRAY_WINDOWS_DRAW_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/base/colour.h"
#include "proto/base/error.h"

#define TEXT_FONTS_MAX 9 /* one bold, the others by what their characters add to those before */

/* Rows of stride bytes, B, G, R, A. */
struct canvas {
	uint8_t *pixels;
	int32_t width, height, stride;
};

/* A line: from x to at most right, its letters in the middle between top and bottom. Pixels. */
struct text_place {
	int32_t x, right, top, bottom;
	uint32_t size; /* of the letters */
	bool bold;
	struct colour ink;
};

struct text;

/* Before the sandbox. UV_ENOENT: there is no font at all. */
int text_create(struct text **ret, struct error *error);
void text_destroy(struct text *text);
/* Draws UTF-8 from left to right as a whole, each part in its own direction; an ellipsis stands for
 * the end that has no room. Returns the x behind it. */
int32_t text_draw(struct text *text, const struct canvas *canvas, const struct text_place *place,
	const char *line);

#endif
