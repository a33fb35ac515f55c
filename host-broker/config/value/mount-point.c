#include "host-broker/config/value/mount-point.h"

#include <stddef.h>
#include <string.h>

#include "proto/base/text.h"

/* Of a path that begins with '/'. */
static bool is_normal(const char *text)
{
	while (*text) {
		size_t length = strcspn(++text, "/");
		if (length == 0 || (length == 1 && text[0] == '.') ||
			(length == 2 && strncmp(text, "..", 2) == 0))
			return false;
		text += length;
	}
	return true;
}

static bool is_in(const char *path, const char *folder)
{
	size_t length = strlen(folder);

	return strncmp(path, folder, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

bool mount_point_valid(const char *text)
{
	size_t length = strlen(text);

	return length <= MOUNT_POINT_MAX && text[0] == '/' && is_normal(text) &&
	       text_is_utf8(text, length) && !text_has_controls(text, length) &&
	       !is_in(text, "/proc") && !is_in(text, "/sys") && !is_in(text, "/dev");
}

bool mount_point_overlaps(const char *one, const char *other)
{
	return is_in(one, other) || is_in(other, one);
}
