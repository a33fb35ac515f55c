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

/* Lanes, none of which waits for another. A wide row is looked at in parts: what moves is only a
 * guess, of which the comparison that follows mends the rest. */
#define LANES 4
#define PART (16 * LANES * 2)
#define PARTS_MAX 4

struct hash {
	uint64_t a, b, c, d;
	uint64_t first; /* the row's first pixel, twice */
	uint64_t differs;
};

static inline uint64_t lane_mix(uint64_t lane, uint64_t pair)
{
	return (lane ^ pair) * UINT64_C(0xff51afd7ed558ccd);
}

static struct hash part_hash(struct hash hash, const uint32_t *pixels, uint32_t width)
{
	for (uint32_t i = 0; i + 2 * LANES <= width; i += 2 * LANES) {
		uint64_t pairs[LANES];
		memcpy(pairs, pixels + i, sizeof(pairs));
		hash.differs |= (pairs[0] ^ hash.first) | (pairs[1] ^ hash.first) |
				(pairs[2] ^ hash.first) | (pairs[3] ^ hash.first);
		hash.a = lane_mix(hash.a, pairs[0]);
		hash.b = lane_mix(hash.b, pairs[1]);
		hash.c = lane_mix(hash.c, pairs[2]);
		hash.d = lane_mix(hash.d, pairs[3]);
	}
	return hash;
}

/* The high half of a product says most. */
static inline uint64_t lane_fold(uint64_t all, uint64_t lane)
{
	all = lane_mix(all, lane ^ lane >> 32);
	return all ^ all >> 32;
}

/* 0 for a row of one colour, which says nothing. */
static uint64_t row_hash(const uint32_t *row, uint32_t width)
{
	struct hash hash = {.first = (uint64_t)row[0] << 32 | row[0]};
	uint32_t step = width / PARTS_MAX / (2 * LANES) * (2 * LANES);

	if (step <= PART)
		hash = part_hash(hash, row, width);
	else
		for (uint32_t i = 0; i < PARTS_MAX; i++)
			hash = part_hash(hash, row + i * step, PART);
	uint64_t all = lane_fold(lane_fold(1, hash.a), hash.b);
	all = lane_fold(lane_fold(all, hash.c), hash.d);
	return hash.differs ? all | 1 : 0;
}

static bool row_changed(const struct picture *shown, const struct picture *next,
	const struct area *area, uint32_t row)
{
	return memcmp(picture_at(shown, area->x, area->y + row),
		       picture_at(next, area->x, area->y + row), area->width * 4) != 0;
}

/* Counts no further than is asked for. */
static uint32_t rows_changed(
	const struct picture *shown, const struct picture *next, const struct area *area)
{
	uint32_t count = 0;

	for (uint32_t row = 0; row < area->height && count < SCROLL_CHANGED_MIN; row++)
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

/* No row moves further than the area is high. */
static uint32_t *votes_begin(struct scroll *scroll, const struct area *area)
{
	return &scroll->votes[WINDOWS_SIDE_MAX - area->height];
}

static uint32_t votes_count(const struct area *area)
{
	return 2 * area->height + 1;
}

/* Returns how many rows had a word to say. */
static uint32_t next_vote(
	struct scroll *scroll, const struct picture *next, const struct area *area)
{
	uint32_t voters = 0;

	memset(votes_begin(scroll, area), 0, votes_count(area) * sizeof(scroll->votes[0]));
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
	const uint32_t *votes = votes_begin(scroll, area);
	uint32_t best = 0;

	if (area->width < SCROLL_SIDE_MIN || area->height < SCROLL_SIDE_MIN)
		return 0;
	if (rows_changed(shown, next, area) < SCROLL_CHANGED_MIN)
		return 0;
	shown_learn(scroll, shown, area);
	uint32_t voters = next_vote(scroll, next, area);
	for (uint32_t i = 1; i < votes_count(area); i++)
		if (votes[i] > votes[best])
			best = i;
	if (votes[best] == 0 || votes[best] * 3 < voters)
		return 0;
	return (int32_t)best - (int32_t)area->height;
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
