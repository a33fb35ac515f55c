#include "tray/model/file-uri.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

static const char *prefix_skip(const char *text, const char *prefix)
{
	size_t length = strlen(prefix);

	return strncasecmp(text, prefix, length) == 0 ? text + length : NULL;
}

/* Where the path begins; NULL when it is none of this machine's. */
static const char *path_begin(const char *uri)
{
	const char *path = prefix_skip(uri, "file:");

	if (!path)
		return NULL;
	if (strncmp(path, "//", 2) == 0) {
		const char *local = prefix_skip(path + 2, "localhost/");
		path = local ? local - 1 : path + 2;
	}
	return path[0] == '/' ? path : NULL;
}

static int hex_value(char digit)
{
	if (!isxdigit((unsigned char)digit))
		return -1;
	return isdigit((unsigned char)digit) ? digit - '0'
					     : tolower((unsigned char)digit) - 'a' + 10;
}

bool file_uri_parse(const char *uri, char ret_path[FILE_URI_PATH_SIZE])
{
	const char *at = path_begin(uri);
	size_t length = 0;

	for (; at && *at; at++) {
		char byte = *at;
		if (byte == '%') {
			int high = hex_value(at[1]), low = high < 0 ? -1 : hex_value(at[2]);
			if (low < 0 || (byte = (char)(high * 16 + low)) == '\0')
				return false;
			at += 2;
		}
		if (length + 1 == FILE_URI_PATH_SIZE)
			return false;
		ret_path[length++] = byte;
	}
	ret_path[length] = '\0';
	return length > 0;
}
