#include "guest-agent/setup/problems.h"

#include <stdarg.h>
#include <stdio.h>

#include "proto/base/log.h"

void problems_add(struct problems *problems, const char *format, ...)
{
	char text[SETUP_PROBLEM_MAX + 1];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	log_warning(NULL, "setup: %s", text);
	if (problems->count < SETUP_PROBLEMS_MAX)
		snprintf(problems->texts[problems->count++], sizeof(text), "%s", text);
}
