#include "tray/windows/rules/cover.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define WORD 64

void cover_init(struct cover *cover, uint32_t width, uint32_t height)
{
	*cover = (struct cover){
		.width = width, .height = height, .missing = (uint64_t)width * height};
}

void cover_finish(struct cover *cover)
{
	free(cover->bits);
	*cover = (struct cover){0};
}

bool cover_is_whole(const struct cover *cover)
{
	return cover->missing == 0;
}

static size_t row_words(const struct cover *cover)
{
	return (cover->width + WORD - 1) / WORD;
}

/* Sets bits from first to last, both included; returns how many were not set. */
static uint64_t row_set(uint64_t *row, uint32_t first, uint32_t last)
{
	uint64_t added = 0;

	for (uint32_t word = first / WORD; word <= last / WORD; word++) {
		uint64_t mask = ~UINT64_C(0);
		if (word == first / WORD)
			mask &= ~UINT64_C(0) << (first % WORD);
		if (word == last / WORD)
			mask &= ~UINT64_C(0) >> (WORD - 1 - last % WORD);
		added += (uint64_t)__builtin_popcountll(mask & ~row[word]);
		row[word] |= mask;
	}
	return added;
}

/* Rows that are whole by `rows` have no bits of their own. */
static void rows_set(struct cover *cover, uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
	for (uint32_t i = y; i < y + height; i++)
		if (i >= cover->rows)
			cover->missing -=
				row_set(cover->bits + i * row_words(cover), x, x + width - 1);
}

int cover_add(struct cover *cover, uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
	bool follows = x == 0 && width == cover->width && y <= cover->rows;

	if (!cover->bits && follows) {
		uint32_t end = y + height;
		if (end > cover->rows) {
			cover->missing -= (uint64_t)(end - cover->rows) * width;
			cover->rows = end;
		}
		return 0;
	}
	if (!cover->bits)
		cover->bits = calloc(row_words(cover) * cover->height, sizeof(*cover->bits));
	if (!cover->bits)
		return UV_ENOMEM;
	rows_set(cover, x, y, width, height);
	return 0;
}
