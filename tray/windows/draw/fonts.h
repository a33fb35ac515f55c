/* The fonts that titles are drawn with: found by fontconfig, read by FreeType, held open. */
#ifndef VMSILO_TRAY_WINDOWS_DRAW_FONTS_H
#define VMSILO_TRAY_WINDOWS_DRAW_FONTS_H

#include <ft2build.h>
#include FT_FREETYPE_H
#include <hb.h>
#include <stdbool.h>
#include <stdint.h>

#include "proto/base/error.h"
#include "tray/windows/draw/text.h"

struct font {
	FT_Face face;
	hb_font_t *shaper;
};

struct fonts {
	FT_Library library;
	struct font fonts[TEXT_FONTS_MAX]; /* the first is bold, if has_bold */
	int count;
	bool has_bold;
	uint32_t size; /* that they are set to */
};

int fonts_open(struct fonts *fonts, struct error *error);
void fonts_close(struct fonts *fonts);
void fonts_set_size(struct fonts *fonts, uint32_t size);
/* The first that has the character; the first at all where none has. */
int fonts_choose(const struct fonts *fonts, uint32_t character, bool bold);

#endif
