#include "proto/base/terminal-filter.h"

#include <stdbool.h>
#include <string.h>

#include "proto/base/text.h"

#define ESC '\x1b'

struct out {
	char *bytes;
	size_t length;
};

static void put(struct out *out, const char *bytes, size_t length)
{
	memcpy(out->bytes + out->length, bytes, length);
	out->length += length;
}

static bool is_one_of(char c, const char *set)
{
	return c && strchr(set, c);
}

/* ---- what may pass ---- */

static bool control_character_passes(enum terminal_mode mode, char c)
{
	switch (mode) {
	case TERMINAL_TEXT:
		return is_one_of(c, "\n\t");
	case TERMINAL_REPLAY:
		return is_one_of(c, "\n\r\t\b");
	case TERMINAL_LIVE:
		return is_one_of(c, "\n\r\t\b\a\x0e\x0f");
	}
	return false;
}

/* "ESC (" and the like choose line drawing and back. */
static bool escape_passes(enum terminal_mode mode, const char *body, size_t length)
{
	if (mode != TERMINAL_LIVE)
		return false;
	if (length == 1)
		return is_one_of(body[0], "78DEHM=>");
	return length == 2 && is_one_of(body[0], "()") && is_one_of(body[1], "AB0");
}

/* Private modes that change the screen alone, and what the cursor's keys and pasting send. */
static bool private_mode_passes(const char *number, size_t length)
{
	static const char *const modes[] = {
		"1", "5", "6", "7", "12", "25", "47", "1047", "1048", "1049", "2004"};

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (strlen(modes[i]) == length && memcmp(modes[i], number, length) == 0)
			return true;
	return false;
}

static bool private_modes_pass(const char *numbers, size_t length)
{
	size_t used;

	for (size_t at = 0; at <= length; at += used + 1) {
		const char *end = memchr(numbers + at, ';', length - at);
		used = end ? (size_t)(end - numbers) - at : length - at;
		if (!private_mode_passes(numbers + at, used))
			return false;
	}
	return true;
}

static bool live_passes(const char *parameters, size_t length, char final)
{
	if (length > 0 && parameters[0] == '?')
		return is_one_of(final, "JK") ||
		       (is_one_of(final, "hl") && private_modes_pass(parameters + 1, length - 1));
	if (length > 0 && is_one_of(parameters[0], "<=>"))
		return false;
	if (is_one_of(final, "hl"))
		return length == 1 && parameters[0] == '4';
	/* Five numbers and a T begin the tracking of the mouse. */
	if (final == 'T')
		return !memchr(parameters, ';', length);
	return is_one_of(final, "@ABCDEFGHIJKLMPSXZ`abdefgmrsu");
}

/* body: parameters, intermediates, final byte. */
static bool control_passes(enum terminal_mode mode, const char *body, size_t length)
{
	size_t parameters = 0;
	char final = body[length - 1];

	while (parameters < length && body[parameters] >= '0' && body[parameters] <= '?')
		parameters++;
	size_t intermediates = length - 1 - parameters;
	switch (mode) {
	case TERMINAL_TEXT:
		return false;
	case TERMINAL_REPLAY:
		return intermediates == 0 && is_one_of(final, "mK") &&
		       (parameters == 0 || !is_one_of(body[0], "<=>?"));
	case TERMINAL_LIVE:
		if (intermediates == 0)
			return live_passes(body, parameters, final);
		/* The cursor's shape; the soft reset. */
		return intermediates == 1 &&
		       ((body[parameters] == ' ' && final == 'q') ||
			       (body[parameters] == '!' && final == 'p' && parameters == 0));
	}
	return false;
}

/* ---- bytes ---- */

static void ground(struct terminal_filter *filter)
{
	filter->state = TERMINAL_GROUND;
	filter->length = 0;
}

/* False when the sequence has become too long. */
static bool keep(struct terminal_filter *filter, char c)
{
	if (filter->length == TERMINAL_SEQUENCE_MAX)
		return false;
	filter->sequence[filter->length++] = c;
	return true;
}

static void escape_begin(struct terminal_filter *filter)
{
	filter->state = TERMINAL_ESCAPE;
	filter->length = 0;
	keep(filter, ESC);
}

static size_t character_length(unsigned char lead)
{
	return lead >= 0xc2 && lead <= 0xdf   ? 2
	       : lead >= 0xe0 && lead <= 0xef ? 3
	       : lead >= 0xf0 && lead <= 0xf4 ? 4
					      : 0;
}

static void on_ground(struct terminal_filter *filter, char c, struct out *out)
{
	unsigned char byte = (unsigned char)c;

	if (c == ESC) {
		escape_begin(filter);
	} else if (byte >= 0x80) {
		filter->wanted = character_length(byte);
		filter->length = 0;
		if (filter->wanted > 0 && keep(filter, c))
			filter->state = TERMINAL_CHARACTER;
		else
			put(out, "?", 1);
	} else if ((byte >= 0x20 && byte != 0x7f) || control_character_passes(filter->mode, c)) {
		put(out, &c, 1);
	}
}

/* U+0080 to U+009F are controls. */
static bool character_passes(const struct terminal_filter *filter)
{
	bool control = filter->length == 2 && filter->sequence[0] == '\xc2' &&
		       (unsigned char)filter->sequence[1] < 0xa0;

	return !control && text_is_utf8(filter->sequence, filter->length);
}

/* Returns false when c is not taken. */
static bool on_character(struct terminal_filter *filter, char c, struct out *out)
{
	if (((unsigned char)c & 0xc0) != 0x80) {
		put(out, "?", 1);
		ground(filter);
		return false;
	}
	keep(filter, c);
	if (filter->length < filter->wanted)
		return true;
	if (character_passes(filter))
		put(out, filter->sequence, filter->length);
	else
		put(out, "?", 1);
	ground(filter);
	return true;
}

static bool on_escape(struct terminal_filter *filter, char c, struct out *out)
{
	if (c < 0x20 || c == 0x7f) {
		ground(filter);
		return false;
	}
	if (filter->length == 1 && is_one_of(c, "]PX^_")) {
		ground(filter);
		filter->state = TERMINAL_STRING;
		return true;
	}
	if (!keep(filter, c)) {
		ground(filter);
		return true;
	}
	if (filter->length == 2 && c == '[') {
		filter->state = TERMINAL_CONTROL;
	} else if (c >= 0x30) {
		if (escape_passes(filter->mode, filter->sequence + 1, filter->length - 1))
			put(out, filter->sequence, filter->length);
		ground(filter);
	}
	return true;
}

static bool on_control(struct terminal_filter *filter, char c, struct out *out)
{
	if (c < 0x20 || c == 0x7f) {
		ground(filter);
		return false;
	}
	bool fits = keep(filter, c);
	if (c < 0x40)
		return true;
	if (fits && control_passes(filter->mode, filter->sequence + 2, filter->length - 2))
		put(out, filter->sequence, filter->length);
	ground(filter);
	return true;
}

/* A newline ends it as well: a string whose end is missing hides no more than its line. */
static bool on_string(struct terminal_filter *filter, char c)
{
	if (filter->state == TERMINAL_STRING_ESCAPE) {
		if (c == '\\') {
			ground(filter);
			return true;
		}
		escape_begin(filter);
		return false;
	}
	if (c == ESC)
		filter->state = TERMINAL_STRING_ESCAPE;
	else if (is_one_of(c, "\a\x18\x1a") || ++filter->length > TERMINAL_STRING_MAX)
		ground(filter);
	else if (c == '\n' || c == '\r') {
		ground(filter);
		return false;
	}
	return true;
}

static bool on_byte(struct terminal_filter *filter, char c, struct out *out)
{
	switch (filter->state) {
	case TERMINAL_GROUND:
		on_ground(filter, c, out);
		return true;
	case TERMINAL_CHARACTER:
		return on_character(filter, c, out);
	case TERMINAL_ESCAPE:
		return on_escape(filter, c, out);
	case TERMINAL_CONTROL:
		return on_control(filter, c, out);
	case TERMINAL_STRING:
	case TERMINAL_STRING_ESCAPE:
		return on_string(filter, c);
	}
	return true;
}

void terminal_filter_init(struct terminal_filter *filter, enum terminal_mode mode)
{
	*filter = (struct terminal_filter){.mode = mode};
}

size_t terminal_filter(
	struct terminal_filter *filter, const char *untrusted, size_t length, char *out)
{
	struct out put_here = {.bytes = out};

	/* A byte that ends a sequence without belonging to it is looked at again, once or twice. */
	for (size_t i = 0; i < length; i++)
		while (!on_byte(filter, untrusted[i], &put_here))
			;
	return put_here.length;
}
