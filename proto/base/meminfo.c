#include "proto/base/meminfo.h"

#include <stdbool.h>
#include <string.h>
#include <uv.h>

#define LOST_MAX (100 * PRESSURE_PERCENT)

/* What is left of the text. */
struct reader {
	const char *at;
	const char *end;
};

static bool take(struct reader *reader, const char *word)
{
	size_t length = strlen(word);

	if ((size_t)(reader->end - reader->at) < length || memcmp(reader->at, word, length) != 0)
		return false;
	reader->at += length;
	return true;
}

static bool take_number(struct reader *reader, uint64_t *ret)
{
	const char *first = reader->at;
	uint64_t value = 0;

	while (reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9')
		if (__builtin_mul_overflow(value, 10, &value) ||
			__builtin_add_overflow(value, (uint64_t)(*reader->at++ - '0'), &value))
			return false;
	*ret = value;
	return reader->at > first;
}

/* The beginning of the line that starts with word, after the word. */
static bool line_find(const char *text, size_t length, const char *word, struct reader *ret)
{
	struct reader reader = {.at = text, .end = text + length};

	while (reader.at < reader.end) {
		if (take(&reader, word)) {
			*ret = reader;
			return true;
		}
		const char *newline = memchr(reader.at, '\n', (size_t)(reader.end - reader.at));
		reader.at = newline ? newline + 1 : reader.end;
	}
	return false;
}

static bool kilobytes_find(const char *text, size_t length, const char *key, uint64_t *ret)
{
	struct reader reader;
	uint64_t value;

	if (!line_find(text, length, key, &reader))
		return false;
	while (take(&reader, " "))
		;
	return take_number(&reader, &value) && take(&reader, " kB") &&
	       !__builtin_mul_overflow(value, UINT64_C(1024), ret);
}

int meminfo_parse(const char *text, size_t length, struct meminfo *ret)
{
	struct meminfo info;

	if (!kilobytes_find(text, length, "MemTotal:", &info.total) ||
		!kilobytes_find(text, length, "MemFree:", &info.free) ||
		!kilobytes_find(text, length, "MemAvailable:", &info.available) ||
		!kilobytes_find(text, length, "Cached:", &info.cached))
		return UV_EINVAL;
	*ret = info;
	return 0;
}

/* "12.34", at most 100.00. */
static bool take_average(struct reader *reader, const char *key, uint32_t *ret)
{
	uint64_t whole, hundredths;

	if (!take(reader, key) || !take_number(reader, &whole) || !take(reader, ".") ||
		reader->end - reader->at < 2 || whole > 100)
		return false;
	const char *point = reader->at;
	if (!take_number(reader, &hundredths) || reader->at != point + 2)
		return false;
	*ret = (uint32_t)(whole * PRESSURE_PERCENT + hundredths);
	return *ret <= LOST_MAX;
}

static bool pressure_line_find(
	const char *text, size_t length, const char *key, struct pressure_line *ret)
{
	struct reader reader;
	uint32_t avg300;

	return line_find(text, length, key, &reader) &&
	       take_average(&reader, " avg10=", &ret->avg10) &&
	       take_average(&reader, " avg60=", &ret->avg60) &&
	       take_average(&reader, " avg300=", &avg300) && take(&reader, " total=") &&
	       take_number(&reader, &ret->total_us);
}

int pressure_parse(const char *text, size_t length, struct pressure *ret)
{
	struct pressure pressure;

	if (!pressure_line_find(text, length, "some", &pressure.some) ||
		!pressure_line_find(text, length, "full", &pressure.full))
		return UV_EINVAL;
	*ret = pressure;
	return 0;
}
