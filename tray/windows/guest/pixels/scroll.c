#include "tray/windows/guest/pixels/scroll.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"

#define BUCKETS 16384

/* Where a row of the shown picture with this hash is. */
struct bucket {
	uint64_t hash;
	uint32_t row;
};

struct scroll {
	struct bucket buckets[BUCKETS];
	uint32_t votes[2 * WINDOWS_SIDE_MAX + 1]; /* for each way, from -WINDOWS_SIDE_MAX */
};

struct scroll *scroll_create(void)
{
	return malloc(sizeof(struct scroll));
}

void scroll_destroy(struct scroll *scroll)
{
	free(scroll);
}

/* 0 for a row of one colour, which says nothing. */
static uint64_t row_hash(const uint32_t *row, uint32_t width)
{
	uint64_t hash = UINT64_C(0x9e3779b97f4a7c15);
	uint32_t differs = 0;

	for (uint32_t i = 0; i + 1 < width; i += 2) {
		uint64_t pair;
		memcpy(&pair, row + i, sizeof(pair));
		hash = (hash ^ pair) * UINT64_C(0xff51afd7ed558ccd);
		hash ^= hash >> 32;
		differs |= (row[i] ^ row[0]) | (row[i + 1] ^ row[0]);
	}
	return differs ? hash | 1 : 0;
}

static bool row_changed(const struct picture *shown, const struct picture *next,
	const struct area *area, uint32_t row)
{
	return memcmp(picture_at(shown, area->x, area->y + row),
		       picture_at(next, area->x, area->y + row), area->width * 4) != 0;
}

static uint32_t rows_changed(
	const struct picture *shown, const struct picture *next, const struct area *area)
{
	uint32_t count = 0;

	for (uint32_t row = 0; row < area->height; row++)
		count += row_changed(shown, next, area, row);
	return count;
}

/* Rows that look alike stand for the last of them. */
static void shown_learn(struct scroll *scroll, const struct picture *shown, const struct area *area)
{
	memset(scroll->buckets, 0, sizeof(scroll->buckets));
	for (uint32_t row = 0; row < area->height; row++) {
		uint64_t hash = row_hash(picture_at(shown, area->x, area->y + row), area->width);
		if (hash)
			scroll->buckets[hash >> 32 & (BUCKETS - 1)] =
				(struct bucket){.hash = hash, .row = row};
	}
}

/* Returns how many rows had a word to say. */
static uint32_t next_vote(
	struct scroll *scroll, const struct picture *next, const struct area *area)
{
	uint32_t voters = 0;

	memset(scroll->votes, 0, sizeof(scroll->votes));
	for (uint32_t row = 0; row < area->height; row++) {
		uint64_t hash = row_hash(picture_at(next, area->x, area->y + row), area->width);
		const struct bucket *bucket = &scroll->buckets[hash >> 32 & (BUCKETS - 1)];
		voters += hash != 0;
		if (hash && bucket->hash == hash)
			scroll->votes[WINDOWS_SIDE_MAX + row - bucket->row]++;
	}
	return voters;
}

int32_t scroll_find(struct scroll *scroll, const struct picture *shown, const struct picture *next,
	const struct area *area)
{
	uint32_t best = 0;

	if (area->width < SCROLL_SIDE_MIN || area->height < SCROLL_SIDE_MIN)
		return 0;
	if (rows_changed(shown, next, area) < SCROLL_CHANGED_MIN)
		return 0;
	shown_learn(scroll, shown, area);
	uint32_t voters = next_vote(scroll, next, area);
	for (uint32_t i = 1; i < 2 * WINDOWS_SIDE_MAX + 1; i++)
		if (scroll->votes[i] > scroll->votes[best])
			best = i;
	if (scroll->votes[best] == 0 || scroll->votes[best] * 3 < voters)
		return 0;
	return (int32_t)best - WINDOWS_SIDE_MAX;
}

void scroll_move(const struct picture *picture, const struct area *area, int32_t dy)
{
	uint32_t way = (uint32_t)abs(dy);

	for (uint32_t i = 0; way < area->height && i < area->height - way; i++) {
		uint32_t to = area->y + (dy < 0 ? i : area->height - 1 - i);
		uint32_t from = dy < 0 ? to + way : to - way;
		memcpy(picture_at(picture, area->x, to), picture_at(picture, area->x, from),
			area->width * 4);
	}
}
