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

/* Too much in small parts: the areas as they are. */
static int whole_pieces(const struct picture *shown, const struct picture *next,
	const struct area *areas, size_t count, struct pieces *pieces)
{
	int code = 0;

	pieces_clear(pieces);
	for (size_t i = 0; code == 0 && i < count; i++) {
		const struct area *area = &areas[i];
		for (uint32_t y = area->y; y < area->y + area->height; y++)
			memcpy(picture_at(shown, area->x, y), picture_at(next, area->x, y),
				area->width * 4);
		code = pieces_add(pieces, &(const struct piece){.kind = PIECE_RECT, .area = *area});
	}
	return code;
}

int frame_pieces(struct scroll *scroll, const struct picture *shown, const struct picture *next,
	const struct area *areas, size_t count, bool whole, struct pieces *ret)
{
	const struct area all = {0, 0, next->width, next->height};
	int code = 0;

	if (whole) {
		areas = &all;
		count = 1;
	}
	pieces_clear(ret);
	for (size_t i = 0; code == 0 && i < count; i++)
		code = whole ? tiles_compare(shown, next, &areas[i], true, ret)
			     : area_pieces(scroll, shown, next, &areas[i], ret);
	return code == UV_E2BIG ? whole_pieces(shown, next, areas, count, ret) : code;
}
