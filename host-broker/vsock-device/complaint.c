#include "host-broker/vsock-device/complaint.h"

#include <stdarg.h>
#include <stdio.h>

#include "proto/base/log.h"

#define LINES_PER_SECOND 1
#define LINES_AT_ONCE 16

void complaints_init(struct complaints *complaints, uv_loop_t *loop, const char *name)
{
	*complaints = (struct complaints){.loop = loop, .name = name};
	rate_init(&complaints->rate, LINES_PER_SECOND, LINES_AT_ONCE, uv_now(loop));
}

void complain(struct complaints *complaints, const char *format, ...)
{
	char text[256];
	va_list arguments;

	if (!rate_take(&complaints->rate, 1, uv_now(complaints->loop)))
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	log_warning(complaints->name, "%s", text);
}
