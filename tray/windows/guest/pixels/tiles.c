#include "tray/windows/guest/pixels/tiles.h"

#include <string.h>

#include "proto/limits.h"

#define TILES_ACROSS (WINDOWS_SIDE_MAX / TILE_WIDTH + 1)

enum tile { TILE_SAME, TILE_FILL, TILE_MIXED };

/* Pieces that end with a row of tiles, from left to right, by their numbers. */
struct row {
	size_t pieces[TILES_ACROSS];
	size_t count;
};

struct compare {
	const struct picture *shown, *next;
	bool whole;
	struct pieces *pieces;
	struct row above, row;
	size_t at; /* in above: what begins further left has been passed */
};

static bool area_equal(const struct picture *a, const struct picture *b, const struct area *area)
{
	for (uint32_t y = area->y; y < area->y + area->height; y++)
		if (memcmp(picture_at(a, area->x, y), picture_at(b, area->x, y), area->width * 4) !=
			0)
			return false;
	return true;
}

static bool area_plain(const struct picture *picture, const struct area *area)
{
	const uint32_t *first = picture_at(picture, area->x, area->y);

	for (uint32_t x = 1; x < area->width; x++)
		if (first[x] != first[0])
			return false;
	for (uint32_t y = area->y + 1; y < area->y + area->height; y++)
		if (memcmp(picture_at(picture, area->x, y), first, area->width * 4) != 0)
			return false;
	return true;
}

/* A length that the compiler knows is a few moves; another one is not worth its begin. */
static void area_take(
	const struct picture *shown, const struct picture *next, const struct area *area)
{
	for (uint32_t y = area->y; area->width == TILE_WIDTH && y < area->y + area->height; y++)
		memcpy(picture_at(shown, area->x, y), picture_at(next, area->x, y), TILE_WIDTH * 4);
	if (area->width == TILE_WIDTH)
		return;
	for (uint32_t y = area->y; y < area->y + area->height; y++)
		memcpy(picture_at(shown, area->x, y), picture_at(next, area->x, y),
			area->width * 4);
}

static enum tile tile_look(const struct compare *compare, const struct area *area, uint32_t *colour)
{
	if (!compare->whole && area_equal(compare->shown, compare->next, area))
		return TILE_SAME;
	area_take(compare->shown, compare->next, area);
	/* Of what was taken: a program may still write to its own. */
	if (!area_plain(compare->shown, area))
		return TILE_MIXED;
	*colour = *picture_at(compare->shown, area->x, area->y);
	return TILE_FILL;
}

/* The piece in the row above that the run only makes higher; NULL. */
static struct piece *above_find(struct compare *compare, const struct piece *run, size_t *number)
{
	const struct row *above = &compare->above;

	for (; compare->at < above->count; compare->at++) {
		struct piece *piece = &compare->pieces->list[above->pieces[compare->at]];
		if (piece->area.x < run->area.x)
			continue;
		*number = above->pieces[compare->at];
		if (piece->area.x == run->area.x && piece->area.width == run->area.width &&
			piece->kind == run->kind && piece->colour == run->colour &&
			piece->area.y + piece->area.height == run->area.y)
			return piece;
		return NULL;
	}
	return NULL;
}

static int run_add(struct compare *compare, const struct piece *run)
{
	size_t number;
	int code = 0;

	if (run->area.width == 0)
		return 0;
	struct piece *above = above_find(compare, run, &number);
	if (above) {
		above->area.height += run->area.height;
	} else {
		number = compare->pieces->count;
		code = pieces_add(compare->pieces, run);
	}
	if (code == 0)
		compare->row.pieces[compare->row.count++] = number;
	return code;
}

static int row_compare(struct compare *compare, const struct area *row)
{
	struct piece run = {0};
	struct area tile = *row;
	int code = 0;

	compare->row.count = compare->at = 0;
	for (; code == 0 && tile.x < row->x + row->width; tile.x += tile.width) {
		uint32_t colour = 0;
		uint32_t left = row->x + row->width - tile.x;
		tile.width = left < TILE_WIDTH ? left : TILE_WIDTH;
		enum tile look = tile_look(compare, &tile, &colour);
		enum piece_kind kind = look == TILE_FILL ? PIECE_FILL : PIECE_RECT;
		if (look != TILE_SAME && run.area.width > 0 && run.kind == kind &&
			run.colour == colour) {
			run.area.width += tile.width;
			continue;
		}
		code = run_add(compare, &run);
		run = (struct piece){.kind = kind, .area = tile, .colour = colour};
		if (look == TILE_SAME)
			run.area.width = 0;
	}
	if (code == 0)
		code = run_add(compare, &run);
	compare->above = compare->row;
	return code;
}

int tiles_compare(const struct picture *shown, const struct picture *next, const struct area *area,
	bool whole, struct pieces *pieces)
{
	struct compare compare = {.shown = shown, .next = next, .whole = whole, .pieces = pieces};
	struct area row = *area;
	int code = 0;

	for (; code == 0 && row.y < area->y + area->height; row.y += row.height) {
		uint32_t left = area->y + area->height - row.y;
		row.height = left < TILE_HEIGHT ? left : TILE_HEIGHT;
		code = row_compare(&compare, &row);
	}
	return code;
}
