#include "proto/wire/hybrid.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <uv.h>

size_t hybrid_format_connect(char out[HYBRID_LINE_MAX], uint32_t port)
{
	return (size_t)snprintf(out, HYBRID_LINE_MAX, "CONNECT %" PRIu32 "\n", port);
}

size_t hybrid_format_ok(char out[HYBRID_LINE_MAX], uint32_t port)
{
	return (size_t)snprintf(out, HYBRID_LINE_MAX, "OK %" PRIu32 "\n", port);
}

/* Digits up to the line's end, nothing else: no sign, no blanks, no second number. */
static int parse_port(const char *digits, size_t length, uint32_t *ret)
{
	uint64_t value = 0;

	if (length == 0)
		return UV_EPROTO;
	for (size_t i = 0; i < length; i++) {
		if (digits[i] < '0' || digits[i] > '9')
			return UV_EPROTO;
		value = value * 10 + (uint64_t)(digits[i] - '0');
		if (value > UINT32_MAX)
			return UV_EPROTO;
	}
	*ret = (uint32_t)value;
	return 0;
}

/* keyword: with its blank. */
static int parse_line(const char *bytes, size_t length, const char *keyword,
	int (*compare)(const char *, const char *, size_t), uint32_t *ret_port)
{
	size_t prefix = strlen(keyword);
	size_t seen = length < HYBRID_LINE_MAX ? length : HYBRID_LINE_MAX;
	const char *newline = memchr(bytes, '\n', seen);

	if (compare(bytes, keyword, seen < prefix ? seen : prefix) != 0)
		return UV_EPROTO;
	if (!newline)
		return seen == HYBRID_LINE_MAX ? UV_EPROTO : 0;
	size_t line = (size_t)(newline - bytes);
	if (line < prefix || parse_port(bytes + prefix, line - prefix, ret_port) < 0)
		return UV_EPROTO;
	return (int)line + 1;
}

int hybrid_parse_connect(const char *bytes, size_t length, uint32_t *ret_port)
{
	return parse_line(bytes, length, "CONNECT ", strncasecmp, ret_port);
}

int hybrid_parse_ok(const char *bytes, size_t length, uint32_t *ret_port)
{
	return parse_line(bytes, length, "OK ", strncmp, ret_port);
}
