#include "tray/windows/draw/fonts.h"

#include <fontconfig/fontconfig.h>
#include <hb-ft.h>
#include <uv.h>

#define FAMILY "sans-serif"

/* FreeType maps the file and closes it: it is there without being open. */
static bool font_add(struct fonts *fonts, const FcPattern *pattern)
{
	struct font *font = &fonts->fonts[fonts->count];
	FcBool scalable = FcFalse, coloured = FcFalse;
	FcChar8 *file;
	int index = 0, slant = FC_SLANT_ROMAN;

	FcPatternGetBool(pattern, FC_SCALABLE, 0, &scalable);
	FcPatternGetBool(pattern, FC_COLOR, 0, &coloured);
	FcPatternGetInteger(pattern, FC_INDEX, 0, &index);
	FcPatternGetInteger(pattern, FC_SLANT, 0, &slant);
	if (!scalable || coloured || slant != FC_SLANT_ROMAN || fonts->count == TEXT_FONTS_MAX ||
		FcPatternGetString(pattern, FC_FILE, 0, &file) != FcResultMatch ||
		FT_New_Face(fonts->library, (const char *)file, index, &font->face) != 0)
		return false;
	font->shaper = hb_ft_font_create_referenced(font->face);
	hb_ft_font_set_load_flags(font->shaper, FT_LOAD_TARGET_LIGHT);
	fonts->count++;
	return true;
}

static FcFontSet *fonts_sort(int weight)
{
	FcPattern *pattern = FcNameParse((const FcChar8 *)FAMILY);
	FcResult result;

	FcPatternAddBool(pattern, FC_SCALABLE, FcTrue);
	FcPatternAddInteger(pattern, FC_WEIGHT, weight);
	FcConfigSubstitute(NULL, pattern, FcMatchPattern);
	FcDefaultSubstitute(pattern);
	FcFontSet *sorted = FcFontSort(NULL, pattern, FcTrue, NULL, &result);
	FcPatternDestroy(pattern);
	return sorted;
}

static void fonts_add(struct fonts *fonts, int weight, int most)
{
	FcFontSet *sorted = fonts_sort(weight);

	if (!sorted)
		return;
	for (int i = 0; i < sorted->nfont && most > 0; i++)
		most -= font_add(fonts, sorted->fonts[i]) ? 1 : 0;
	FcFontSetDestroy(sorted);
}

int fonts_open(struct fonts *fonts, struct error *error)
{
	*fonts = (struct fonts){0};
	if (FT_Init_FreeType(&fonts->library) != 0)
		return error_set(error, UV_ENOMEM, "no memory");
	FcInit();
	fonts_add(fonts, FC_WEIGHT_BOLD, 1);
	fonts->has_bold = fonts->count > 0;
	fonts_add(fonts, FC_WEIGHT_REGULAR, TEXT_FONTS_MAX - 1);
	FcFini();
	if (fonts->count > 0)
		return 0;
	fonts_close(fonts);
	return error_set(error, UV_ENOENT,
		"no font was found, and without one no window can be labelled; install one, "
		"fonts-dejavu-core for example");
}

void fonts_close(struct fonts *fonts)
{
	for (int i = 0; i < fonts->count; i++) {
		hb_font_destroy(fonts->fonts[i].shaper);
		FT_Done_Face(fonts->fonts[i].face);
	}
	FT_Done_FreeType(fonts->library);
}

void fonts_set_size(struct fonts *fonts, uint32_t size)
{
	if (fonts->size == size)
		return;
	fonts->size = size;
	for (int i = 0; i < fonts->count; i++) {
		FT_Set_Pixel_Sizes(fonts->fonts[i].face, 0, size);
		hb_ft_font_changed(fonts->fonts[i].shaper);
	}
}

int fonts_choose(const struct fonts *fonts, uint32_t character, bool bold)
{
	int first = fonts->has_bold && !bold && fonts->count > 1 ? 1 : 0;

	for (int i = first; i < fonts->count; i++)
		if (FT_Get_Char_Index(fonts->fonts[i].face, character) != 0)
			return i;
	return first;
}
