/*
 * What passes would pass again, unchanged; pieces make no difference; and nothing that begins a
 * string or a report is ever among it.
 *
 * Covers: proto/base/terminal-filter.c
 * Leaves out: nothing
 */
#include "proto/base/terminal-filter.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t run(enum terminal_mode mode, const char *bytes, size_t size, size_t piece, char *out)
{
	struct terminal_filter filter;
	size_t length = 0;

	terminal_filter_init(&filter, mode);
	for (size_t at = 0; at < size; at += piece) {
		size_t count = size - at < piece ? size - at : piece;
		/* Exactly as much room as is promised to be enough, so that a sanitizer sees more.
		 */
		char *room = malloc(count + TERMINAL_SEQUENCE_MAX);
		size_t got = terminal_filter(&filter, bytes + at, count, room);
		memcpy(out + length, room, got);
		free(room);
		length += got;
	}
	return length;
}

static void never(const char *bytes, size_t length, const char *what)
{
	if (memmem(bytes, length, what, strlen(what)))
		abort();
}

static void mode_check(enum terminal_mode mode, const char *bytes, size_t size)
{
	size_t room = size + TERMINAL_SEQUENCE_MAX;
	char *whole = malloc(room), *other = malloc(2 * room);
	size_t length = run(mode, bytes, size, size ? size : 1, whole);

	if (length > size || run(mode, bytes, size, 1, other) != length ||
		memcmp(whole, other, length) != 0)
		abort();
	if (run(mode, whole, length, length ? length : 1, other) != length ||
		memcmp(whole, other, length) != 0)
		abort();
	never(whole, length, "\x05");
	never(whole, length, "\x1b]");
	never(whole, length, "\x1bP");
	never(whole, length, "\x1b_");
	never(whole, length, "\x1bZ");
	never(whole, length, "\x1b[c");
	never(whole, length, "\x1b[6n");
	never(whole, length, "\xc2\x9b");
	if (mode == TERMINAL_TEXT)
		never(whole, length, "\x1b");
	free(whole);
	free(other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (int mode = TERMINAL_TEXT; mode <= TERMINAL_LIVE; mode++)
		mode_check((enum terminal_mode)mode, (const char *)data, size);
	return 0;
}
