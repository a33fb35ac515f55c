#include "guest-agent/display/variables.h"

#include <string.h>
#include <uv.h>

#include "proto/base/text.h"

static bool is_name(const char *text, size_t length)
{
	return length > 0 && (text[0] < '0' || text[0] > '9') &&
	       strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") >= length;
}

static bool is_display(const char *line)
{
	return strncmp(line, "WAYLAND_DISPLAY=", 16) == 0 || strncmp(line, "DISPLAY=", 8) == 0;
}

static int line_add(const char *line, size_t length, bool *has_display, struct strings *ret)
{
	const char *equals = memchr(line, '=', length);

	if (!equals || !is_name(line, (size_t)(equals - line)) || !text_is_utf8(line, length) ||
		text_has_controls(line, length) || ret->count == DISPLAY_VARIABLES_MAX)
		return UV_EINVAL;
	*has_display = *has_display || (is_display(line) && equals + 1 < line + length);
	return strings_add(ret, line, length) ? 0 : UV_ENOMEM;
}

int variables_read(const char *untrusted_text, size_t length, struct strings *ret)
{
	const char *end = untrusted_text + length;
	bool has_display = false;
	int code = 0;

	for (const char *at = untrusted_text; code == 0 && at < end;) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		if (!newline)
			return UV_EINVAL;
		code = line_add(at, (size_t)(newline - at), &has_display, ret);
		at = newline + 1;
	}
	return code < 0 ? code : has_display ? 0 : UV_ENOENT;
}
