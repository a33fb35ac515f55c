#include "proto/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "proto/text.h"

#define LINE_SIZE 2048

static struct {
	enum log_level level;
	log_sink sink;
} settings = {.level = LOG_LEVEL_INFO};

static const char *const level_names[] = {"error", "warning", "info", "debug"};

void log_set_level(enum log_level level)
{
	settings.level = level;
}

void log_set_sink(log_sink sink)
{
	settings.sink = sink;
}

int log_level_parse(const char *name)
{
	for (int i = 0; i < 4; i++)
		if (strcmp(name, level_names[i]) == 0)
			return i;
	return -1;
}

/* sd-daemon(3)'s priorities for the journal, else seconds since the first line. */
static int prefix_format(char *out, size_t size, enum log_level level)
{
	static const int priorities[] = {3, 4, 6, 7};
	static struct timespec start;
	struct timespec now;

	if (getenv("JOURNAL_STREAM"))
		return snprintf(out, size, "<%d>", priorities[level]);
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (start.tv_sec == 0 && start.tv_nsec == 0)
		start = now;
	double seconds =
		(double)(now.tv_sec - start.tv_sec) + (double)(now.tv_nsec - start.tv_nsec) / 1e9;
	return snprintf(out, size, "%9.3f %-7s ", seconds, level_names[level]);
}

/* One write(2) a line, so that lines of several processes do not mix. */
static void line_write(enum log_level level, const char *vm, const char *text)
{
	char line[LINE_SIZE + 128];
	int length = prefix_format(line, sizeof(line), level);

	length += snprintf(line + length, sizeof(line) - (size_t)length, "%s%s%s\n", vm ? vm : "",
		vm ? ": " : "", text);
	if ((size_t)length >= sizeof(line))
		length = sizeof(line) - 1;
	if (write(STDERR_FILENO, line, (size_t)length) < 0)
		return; /* nowhere to say it */
}

void log_write(enum log_level level, const char *vm, const char *format, ...)
{
	char text[LINE_SIZE], printable[LINE_SIZE];
	int saved = errno;
	va_list arguments;

	if (level > settings.level)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	text_escape(printable, sizeof(printable), text, strlen(text));
	if (settings.sink)
		settings.sink(level, vm, printable);
	else
		line_write(level, vm, printable);
	errno = saved;
}
