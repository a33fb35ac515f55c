#include "host-broker/journal/line.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "proto/base/text.h"

static void source_copy(char ret[JOURNAL_SOURCE_MAX + 1], const char *source)
{
	size_t length =
		text_escape(ret, JOURNAL_SOURCE_MAX + 1, source, strnlen(source, JOURNAL_TEXT_MAX));

	for (size_t i = 0; i < length; i++)
		if (ret[i] == ' ')
			ret[i] = '_';
	if (length == 0)
		snprintf(ret, JOURNAL_SOURCE_MAX + 1, "-");
}

size_t journal_line_format(char ret[JOURNAL_LINE_SIZE], uint64_t unix_ms, const char *source,
	const char *untrusted_text, size_t length)
{
	char word[JOURNAL_SOURCE_MAX + 1];
	time_t seconds = (time_t)(unix_ms / 1000);
	struct tm utc;

	gmtime_r(&seconds, &utc);
	size_t used = strftime(ret, JOURNAL_LINE_SIZE, "%Y-%m-%dT%H:%M:%S", &utc);
	source_copy(word, source);
	used += (size_t)snprintf(ret + used, JOURNAL_LINE_SIZE - used, ".%03uZ %s ",
		(unsigned int)(unix_ms % 1000), word);
	if (length > JOURNAL_TEXT_MAX)
		length = JOURNAL_TEXT_MAX;
	used += text_escape(ret + used, JOURNAL_LINE_SIZE - used - 1, untrusted_text, length);
	ret[used++] = '\n';
	ret[used] = '\0';
	return used;
}

/* 0 stands for a digit. */
static bool looks_like(const char *text, const char *pattern)
{
	for (; *pattern; text++, pattern++)
		if (*pattern == '0' ? !isdigit((unsigned char)*text) : *text != *pattern)
			return false;
	return true;
}

bool journal_line_parse(const char *line, struct journal_line *ret)
{
	if (!looks_like(line, "0000-00-00T00:00:00.000Z "))
		return false;
	const char *source = line + JOURNAL_TIME_LENGTH + 1;
	size_t length = strcspn(source, " ");
	if (length == 0 || length > JOURNAL_SOURCE_MAX || source[length] != ' ')
		return false;
	snprintf(ret->time, sizeof(ret->time), "%.*s", JOURNAL_TIME_LENGTH, line);
	snprintf(ret->source, sizeof(ret->source), "%.*s", (int)length, source);
	ret->text = source + length + 1;
	return true;
}

static bool is_own(const char *line, size_t length)
{
	static const char *const others[] = {JOURNAL_SOURCE_TURNED, JOURNAL_SOURCE_CONSOLE,
		JOURNAL_SOURCE_PROGRAM, JOURNAL_SOURCE_LEFT_OUT};
	const char *source = line + JOURNAL_TIME_LENGTH + 1;

	if (length <= JOURNAL_TIME_LENGTH + 1 || line[length - 1] != '\n' ||
		!looks_like(line, "0000-00-00T00:00:00.000Z "))
		return false;
	size_t source_length = strcspn(source, " \n");
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strlen(others[i]) == source_length &&
			memcmp(source, others[i], source_length) == 0)
			return false;
	return true;
}

static size_t line_length(const char *at, const char *end)
{
	const char *newline = memchr(at, '\n', (size_t)(end - at));

	return newline ? (size_t)(newline + 1 - at) : (size_t)(end - at);
}

static size_t own_length(const char *text, const char *end)
{
	size_t length, sum = 0;

	for (; text < end; text += length) {
		length = line_length(text, end);
		sum += is_own(text, length) ? length : 0;
	}
	return sum;
}

int journal_lines_keep(const char *text, size_t length, size_t max, struct bytes *ret)
{
	const char *end = text + length;
	size_t left = own_length(text, end);
	size_t one;
	int code = 0;

	for (; text < end && code == 0; text += one) {
		one = line_length(text, end);
		if (!is_own(text, one))
			continue;
		if (left <= max)
			code = bytes_append(ret, text, one);
		left -= one;
	}
	return code;
}
