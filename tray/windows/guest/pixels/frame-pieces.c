#include "tray/windows/guest/pixels/frame-pieces.h"

#include <string.h>
#include <uv.h>

#include "tray/windows/guest/pixels/tiles.h"

static int area_pieces(struct scroll *scroll, const struct picture *shown,
	const struct picture *next, const struct area *area, struct pieces *pieces)
{
	int32_t dy = scroll_find(scroll, shown, next, area);
	int code = 0;

	if (dy != 0) {
		code = pieces_add(
			pieces, &(const struct piece){.kind = PIECE_COPY, .area = *area, .dy = dy});
		scroll_move(shown, area, dy);
	}
	if (code == 0)
		code = tiles_compare(shown, next, area, false, pieces);
	return code;
}

/* Too much in small parts: all of it as it is. */
static int picture_pieces(
	const struct picture *shown, const struct picture *next, struct pieces *pieces)
{
	const struct piece all = {.kind = PIECE_RECT, .area = {0, 0, next->width, next->height}};

	for (uint32_t y = 0; y < next->height; y++)
		memcpy(picture_at(shown, 0, y), picture_at(next, 0, y), next->width * 4);
	pieces_clear(pieces);
	return pieces_add(pieces, &all);
}

int frame_pieces(struct scroll *scroll, const struct picture *shown, const struct picture *next,
	const struct area *areas, size_t count, bool whole, struct pieces *ret)
{
	const struct area all = {0, 0, next->width, next->height};
	int code = 0;

	pieces_clear(ret);
	if (whole)
		code = tiles_compare(shown, next, &all, true, ret);
	for (size_t i = 0; !whole && code == 0 && i < count; i++)
		code = area_pieces(scroll, shown, next, &areas[i], ret);
	return code == UV_E2BIG ? picture_pieces(shown, next, ret) : code;
}
