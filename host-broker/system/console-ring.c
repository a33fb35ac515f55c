#include "host-broker/system/console-ring.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/terminal-filter.h"
#include "proto/base/text.h"

/* Of a line that was printed; what tells a terminal something may be most of it. */
#define RAW_LINE_MAX 1024

void console_ring_init(struct console_ring *ring)
{
	*ring = (struct console_ring){0};
}

void console_ring_finish(struct console_ring *ring)
{
	free(ring->bytes);
	console_ring_init(ring);
}

void console_ring_clear(struct console_ring *ring)
{
	console_ring_finish(ring);
}

void console_ring_copy(const struct console_ring *ring, char *out)
{
	size_t first = ring->capacity - ring->start;

	if (first > ring->length)
		first = ring->length;
	if (first > 0)
		memcpy(out, ring->bytes + ring->start, first);
	if (ring->length > first)
		memcpy(out + first, ring->bytes, ring->length - first);
}

/* Grows, so that length bytes more fit, as far as the ring may. What was there stays. */
static void ring_grow(struct console_ring *ring, size_t length)
{
	size_t capacity = ring->capacity ? ring->capacity : CONSOLE_RING_FIRST;

	while (capacity < CONSOLE_RING_SIZE && capacity < ring->length + length)
		capacity *= 2;
	if (capacity == ring->capacity)
		return;
	char *bytes = malloc(capacity);
	if (!bytes)
		return;
	console_ring_copy(ring, bytes);
	free(ring->bytes);
	ring->bytes = bytes;
	ring->capacity = capacity;
	ring->start = 0;
}

void console_ring_add(struct console_ring *ring, const char *untrusted, size_t length)
{
	ring_grow(ring, length);
	if (!ring->bytes)
		return;
	if (length > ring->capacity) {
		untrusted += length - ring->capacity;
		length = ring->capacity;
	}

	size_t end = (ring->start + ring->length) % ring->capacity;
	size_t first = ring->capacity - end < length ? ring->capacity - end : length;
	memcpy(ring->bytes + end, untrusted, first);
	memcpy(ring->bytes, untrusted + first, length - first);

	ring->length += length;
	if (ring->length > ring->capacity) {
		ring->start = (ring->start + ring->length) % ring->capacity;
		ring->length = ring->capacity;
	}
}

static char ring_at(const struct console_ring *ring, size_t index)
{
	return ring->bytes[(ring->start + index) % ring->capacity];
}

static bool is_break(char c)
{
	return c == '\n' || c == '\r';
}

/* Copies [from, to) out of the ring, without what tells a terminal something and blanks at its end,
 * and escapes it. Returns false for a line where nothing is left. */
static bool line_copy(const struct console_ring *ring, size_t from, size_t to, char *out)
{
	char raw[RAW_LINE_MAX], text[RAW_LINE_MAX + TERMINAL_SEQUENCE_MAX];
	struct terminal_filter filter;
	size_t length = 0;

	for (size_t i = from; i < to && length < sizeof(raw); i++)
		raw[length++] = ring_at(ring, i);
	terminal_filter_init(&filter, TERMINAL_TEXT);
	length = terminal_filter(&filter, raw, length, text);
	while (length > 0 && isspace((unsigned char)text[length - 1]))
		length--;
	if (length == 0)
		return false;
	text_escape(out, CONSOLE_LINE_SIZE, text, length);
	return true;
}

void console_ring_lines(const struct console_ring *ring, struct console_lines *ret)
{
	size_t end = ring->length;
	size_t first = CONSOLE_LINES_MAX;

	/* From the newest backwards, filling the array from its end. */
	while (end > 0 && first > 0) {
		size_t from = end;
		while (from > 0 && !is_break(ring_at(ring, from - 1)))
			from--;
		if (line_copy(ring, from, end, ret->lines[first - 1]))
			first--;
		end = from > 0 ? from - 1 : 0;
	}
	ret->count = CONSOLE_LINES_MAX - first;
	memmove(ret->lines, ret->lines + first, ret->count * sizeof(ret->lines[0]));
}
