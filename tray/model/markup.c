#include "tray/model/markup.h"

#include <string.h>

struct replacement {
	char from;
	const char *to;
};

static const char *replacement_find(const struct replacement *list, char from)
{
	for (; list->to; list++)
		if (list->from == from)
			return list->to;
	return NULL;
}

/* Bytes of a character that begins with this one. */
static size_t character_size(const char *text)
{
	size_t size = 1;

	while (((unsigned char)text[size] & 0xc0) == 0x80)
		size++;
	return size;
}

static size_t replace(char *out, size_t size, const char *text, const struct replacement *list)
{
	size_t written = 0;

	while (*text) {
		const char *to = replacement_find(list, *text);
		size_t used = to ? 1 : character_size(text);
		size_t need = to ? strlen(to) : used;

		if (written + need >= size)
			break;
		memcpy(out + written, to ? to : text, need);
		written += need;
		text += used;
	}
	if (size > 0)
		out[written] = '\0';
	return written;
}

size_t markup_escape(char *out, size_t size, const char *text)
{
	static const struct replacement entities[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"},
		{'"', "&quot;"}, {'\'', "&#39;"}, {0, NULL}};

	return replace(out, size, text, entities);
}

size_t markup_defuse(char *out, size_t size, const char *text)
{
	static const struct replacement likes[] = {
		{'&', "\xef\xbc\x86"}, {'<', "\xe2\x80\xb9"}, {'>', "\xe2\x80\xba"}, {0, NULL}};

	return replace(out, size, text, likes);
}
