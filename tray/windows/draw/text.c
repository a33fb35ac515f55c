#include "tray/windows/draw/text.h"

#include <fribidi.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "tray/windows/draw/fonts.h"

#define CHARACTERS_MAX 1024
#define RUNS_MAX 128 /* a title of more changes is cut */
#define ELLIPSIS 0x2026
#define UNIT 64 /* FreeType's and HarfBuzz' of a pixel */

struct text {
	struct fonts fonts;
	hb_buffer_t *buffer;
};

/* Characters of one font, script and direction. */
struct run {
	int begin, end;
	int font;
	hb_script_t script;
	FriBidiLevel level;
};

struct line {
	FriBidiChar characters[CHARACTERS_MAX];
	FriBidiLevel levels[CHARACTERS_MAX];
	int length;
	struct run runs[RUNS_MAX];
	int count;
};

struct pen {
	const struct canvas *canvas;
	const struct text_place *place;
	int32_t x;        /* in UNITs */
	int32_t right;    /* likewise */
	int32_t baseline; /* pixels */
};

int text_create(struct text **ret, struct error *error)
{
	struct text *text = calloc(1, sizeof(*text));

	if (!text)
		return error_set(error, UV_ENOMEM, "no memory");
	int code = fonts_open(&text->fonts, error);
	if (code < 0) {
		free(text);
		return code;
	}
	text->buffer = hb_buffer_create();
	*ret = text;
	return 0;
}

void text_destroy(struct text *text)
{
	hb_buffer_destroy(text->buffer);
	fonts_close(&text->fonts);
	free(text);
}

/* ---- from a line to runs ---- */

static void levels_make(struct line *line)
{
	FriBidiCharType types[CHARACTERS_MAX];
	FriBidiBracketType brackets[CHARACTERS_MAX];
	FriBidiParType direction = FRIBIDI_PAR_LTR;

	fribidi_get_bidi_types(line->characters, line->length, types);
	fribidi_get_bracket_types(line->characters, line->length, types, brackets);
	if (fribidi_get_par_embedding_levels_ex(
		    types, brackets, line->length, &direction, line->levels) == 0)
		memset(line->levels, 0, sizeof(line->levels));
}

/* Signs and accents belong to the script before them. */
static hb_script_t script_of(uint32_t character, hb_script_t before)
{
	hb_script_t script = hb_unicode_script(hb_unicode_funcs_get_default(), character);

	return script == HB_SCRIPT_COMMON || script == HB_SCRIPT_INHERITED ? before : script;
}

static void runs_make(const struct fonts *fonts, struct line *line, bool bold)
{
	hb_script_t script = HB_SCRIPT_LATIN;

	line->count = 0;
	for (int i = 0; i < line->length; i++) {
		int font = fonts_choose(fonts, line->characters[i], bold);
		struct run *run = line->count > 0 ? &line->runs[line->count - 1] : NULL;
		script = script_of(line->characters[i], script);
		if (!run || run->font != font || run->script != script ||
			run->level != line->levels[i]) {
			if (line->count == RUNS_MAX)
				return;
			run = &line->runs[line->count++];
			*run = (struct run){i, i, font, script, line->levels[i]};
		}
		run->end = i + 1;
	}
}

static void runs_reverse(struct run *runs, int count)
{
	for (int i = 0; i < count / 2; i++) {
		struct run other = runs[i];
		runs[i] = runs[count - 1 - i];
		runs[count - 1 - i] = other;
	}
}

/* Into the order in which they are seen (UAX 9, L2). */
static void runs_order(struct line *line)
{
	FriBidiLevel highest = 0;

	for (int i = 0; i < line->count; i++)
		if (line->runs[i].level > highest)
			highest = line->runs[i].level;
	for (FriBidiLevel level = highest; level > 0; level--)
		for (int i = 0; i < line->count; i++) {
			int begin = i;
			while (i < line->count && line->runs[i].level >= level)
				i++;
			if (i > begin)
				runs_reverse(line->runs + begin, i - begin);
		}
}

static void line_make(const struct fonts *fonts, struct line *line, const char *text, bool bold)
{
	size_t length = strlen(text);

	if (length > CHARACTERS_MAX)
		length = CHARACTERS_MAX;
	line->length = fribidi_charset_to_unicode(
		FRIBIDI_CHAR_SET_UTF8, text, (FriBidiStrIndex)length, line->characters);
	levels_make(line);
	runs_make(fonts, line, bold);
	runs_order(line);
}

/* Accents stay with their letter. */
static int letter_begin(const struct line *line, int at)
{
	int begin = at < CHARACTERS_MAX ? at : CHARACTERS_MAX - 1;

	while (begin > 0 && hb_unicode_script(hb_unicode_funcs_get_default(),
				    line->characters[begin]) == HB_SCRIPT_INHERITED)
		begin--;
	return begin;
}

/* What another has before a character of it, and an ellipsis where that ends: in a part that is
 * written from right to left that is on its left. */
static void line_cut(
	const struct fonts *fonts, struct line *line, const struct line *whole, int at, bool bold)
{
	int length = letter_begin(whole, at);

	memcpy(line->characters, whole->characters, (size_t)length * sizeof(FriBidiChar));
	line->characters[length] = ELLIPSIS;
	line->length = length + 1;
	levels_make(line);
	line->levels[length] = line->levels[length > 0 ? length - 1 : 0];
	runs_make(fonts, line, bold);
	runs_order(line);
}

/* ---- from runs to pixels ---- */

static void pixel_blend(uint8_t *pixel, struct colour ink, uint32_t coverage)
{
	const uint8_t channels[] = {ink.blue, ink.green, ink.red};

	for (int i = 0; i < 3; i++)
		pixel[i] = (uint8_t)((channels[i] * coverage + pixel[i] * (255 - coverage) + 127) /
				     255);
}

static void glyph_blend(const struct pen *pen, const FT_GlyphSlot slot, int32_t x, int32_t y)
{
	const struct canvas *canvas = pen->canvas;
	const FT_Bitmap *bitmap = &slot->bitmap;

	if (bitmap->pixel_mode != FT_PIXEL_MODE_GRAY)
		return;
	x += slot->bitmap_left;
	y -= slot->bitmap_top;
	for (int32_t row = 0; row < (int32_t)bitmap->rows; row++)
		for (int32_t column = 0; column < (int32_t)bitmap->width; column++) {
			int32_t to_x = x + column, to_y = y + row;
			if (to_x < pen->place->x || to_x >= pen->place->right || to_y < 0 ||
				to_x >= canvas->width || to_y >= canvas->height)
				continue;
			pixel_blend(canvas->pixels + (ptrdiff_t)to_y * canvas->stride + to_x * 4,
				pen->place->ink, bitmap->buffer[row * bitmap->pitch + column]);
		}
}

static void run_shape(struct text *text, const struct line *line, const struct run *run)
{
	hb_buffer_reset(text->buffer);
	hb_buffer_add_utf32(text->buffer, line->characters, line->length, (unsigned int)run->begin,
		run->end - run->begin);
	hb_buffer_set_direction(text->buffer, run->level & 1 ? HB_DIRECTION_RTL : HB_DIRECTION_LTR);
	hb_buffer_set_script(text->buffer, run->script);
	hb_buffer_set_language(text->buffer, hb_language_get_default());
	hb_shape(text->fonts.fonts[run->font].shaper, text->buffer, NULL, 0);
}

static int32_t run_width(struct text *text)
{
	unsigned int count;
	const hb_glyph_position_t *positions = hb_buffer_get_glyph_positions(text->buffer, &count);
	int32_t width = 0;

	for (unsigned int i = 0; i < count; i++)
		width += positions[i].x_advance;
	return width;
}

/* False: the rest has no room. */
static bool run_draw(struct text *text, const struct run *run, struct pen *pen)
{
	unsigned int count;
	const hb_glyph_info_t *infos = hb_buffer_get_glyph_infos(text->buffer, &count);
	const hb_glyph_position_t *positions = hb_buffer_get_glyph_positions(text->buffer, &count);
	FT_Face face = text->fonts.fonts[run->font].face;

	for (unsigned int i = 0; i < count; i++) {
		if (pen->x + positions[i].x_advance > pen->right)
			return false;
		if (FT_Load_Glyph(
			    face, infos[i].codepoint, FT_LOAD_RENDER | FT_LOAD_TARGET_LIGHT) == 0)
			glyph_blend(pen, face->glyph,
				(pen->x + positions[i].x_offset + UNIT / 2) / UNIT,
				pen->baseline - positions[i].y_offset / UNIT);
		pen->x += positions[i].x_advance;
	}
	return true;
}

static int32_t line_width(struct text *text, const struct line *line)
{
	int32_t width = 0;

	for (int i = 0; i < line->count; i++) {
		run_shape(text, line, &line->runs[i]);
		width += run_width(text);
	}
	return width;
}

static bool line_draw(struct text *text, const struct line *line, struct pen *pen)
{
	for (int i = 0; i < line->count; i++) {
		run_shape(text, line, &line->runs[i]);
		if (!run_draw(text, &line->runs[i], pen))
			return false;
	}
	return true;
}

/* Letters of the first font stand in the middle of the place. */
static int32_t baseline_of(const struct text *text, const struct text_place *place)
{
	const FT_Size_Metrics *metrics = &text->fonts.fonts[0].face->size->metrics;
	int32_t height = (int32_t)((metrics->ascender - metrics->descender) / UNIT);
	int32_t above = (place->bottom - place->top - height) / 2;

	return place->top + above + (int32_t)(metrics->ascender / UNIT);
}

/* As much of it as there is room for: titles say what matters first, in whichever direction. */
static void line_shorten(
	struct text *text, struct line *line, const struct line *whole, int32_t room, bool bold)
{
	int fits = 0, beyond = whole->length;

	while (beyond - fits > 1) {
		int middle = fits + (beyond - fits) / 2;
		line_cut(&text->fonts, line, whole, middle, bold);
		if (line_width(text, line) <= room)
			fits = middle;
		else
			beyond = middle;
	}
	line_cut(&text->fonts, line, whole, fits, bold);
}

int32_t text_draw(struct text *text, const struct canvas *canvas, const struct text_place *place,
	const char *line)
{
	struct line whole, shorter;
	struct pen pen = {.canvas = canvas, .place = place, .x = place->x * UNIT};

	fonts_set_size(&text->fonts, place->size);
	pen.baseline = baseline_of(text, place);
	pen.right = place->right * UNIT;
	line_make(&text->fonts, &whole, line, place->bold);
	if (pen.x + line_width(text, &whole) <= pen.right) {
		line_draw(text, &whole, &pen);
		return (pen.x + UNIT - 1) / UNIT;
	}
	line_shorten(text, &shorter, &whole, pen.right - pen.x, place->bold);
	line_draw(text, &shorter, &pen);
	return place->right;
}
