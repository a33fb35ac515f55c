#include "proto/base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int error_set(struct error *error, int code, const char *format, ...)
{
	va_list arguments;

	if (!error)
		return code;
	error->code = code;
	va_start(arguments, format);
	vsnprintf(error->text, sizeof(error->text), format, arguments);
	va_end(arguments);
	return code;
}

int error_prefix(struct error *error, const char *format, ...)
{
	char old[sizeof(error->text)];
	va_list arguments;

	memcpy(old, error->text, sizeof(old));
	va_start(arguments, format);
	int length = vsnprintf(error->text, sizeof(error->text), format, arguments);
	va_end(arguments);
	if (length < 0 || (size_t)length >= sizeof(error->text) - 3)
		return error->code;
	/* What does not fit any more is cut off the end. */
	size_t room = sizeof(error->text) - (size_t)length - 3;
	size_t kept = strnlen(old, room);
	memcpy(error->text + length, ": ", 2);
	memcpy(error->text + length + 2, old, kept);
	error->text[(size_t)length + 2 + kept] = '\0';
	return error->code;
}
