/* Draws title bars. */
#ifndef VMSILO_TRAY_WINDOWS_DRAW_PAINTER_H
#define VMSILO_TRAY_WINDOWS_DRAW_PAINTER_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/base/colour.h"
#include "tray/windows/draw/frame.h"
#include "tray/windows/draw/text.h"

struct painter_title {
	const struct frame_style *style;
	const char *vm;    /* stands in bold before the title, in brackets */
	const char *title; /* where the style has one */
	struct colour colour;
	uint32_t scale;
	int32_t width; /* of the frame, logical */
	bool maximized;
	enum frame_part under; /* the button that the pointer is on; FRAME_NOTHING */
};

/* Draws the frame's top, frame_top() logical pixels high. */
void painter_title(
	struct text *text, const struct painter_title *title, const struct canvas *canvas);

#endif
