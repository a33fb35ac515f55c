#include "guest-agent/program/line-cutter.h"

#include <string.h>

static void flush(struct line_cutter *cutter, line_cutter_cb on_line, void *data)
{
	size_t length = cutter->length;

	cutter->length = 0;
	on_line(data, cutter->line, length);
}

void line_cutter_feed(struct line_cutter *cutter, const char *bytes, size_t length,
	line_cutter_cb on_line, void *data)
{
	while (length > 0) {
		const char *newline = memchr(bytes, '\n', length);
		size_t wanted = newline ? (size_t)(newline - bytes) : length;
		size_t room = sizeof(cutter->line) - cutter->length;
		size_t taken = wanted < room ? wanted : room;

		memcpy(cutter->line + cutter->length, bytes, taken);
		cutter->length += taken;
		bytes += taken;
		length -= taken;
		if (newline && taken == wanted) {
			bytes++;
			length--;
			flush(cutter, on_line, data);
		} else if (length > 0) {
			flush(cutter, on_line, data);
		}
	}
}

void line_cutter_end(struct line_cutter *cutter, line_cutter_cb on_line, void *data)
{
	if (cutter->length > 0)
		flush(cutter, on_line, data);
}
