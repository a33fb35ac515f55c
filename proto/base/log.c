#include "proto/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "proto/base/text.h"

#define LINE_SIZE 2048

static struct {
	enum log_level level;
	log_sink sink;
	log_gate gate;
	void *gate_data;
	const char *path; /* NULL: stderr may grow as it likes, or is no file */
	size_t max;
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

void log_set_gate(log_gate gate, void *data)
{
	settings.gate = gate;
	settings.gate_data = data;
}

void log_set_file(const char *path, size_t max)
{
	struct stat ours, named;

	settings.path = NULL;
	if (fstat(STDERR_FILENO, &ours) < 0 || !S_ISREG(ours.st_mode) || stat(path, &named) < 0 ||
		ours.st_dev != named.st_dev || ours.st_ino != named.st_ino)
		return;
	settings.path = path;
	settings.max = max;
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

/* The file that is full goes aside. Where that fails what it has is lost: a bound holds. */
static void file_turn(void)
{
	char before[4096];
	int length = snprintf(before, sizeof(before), "%s.1", settings.path);
	int fd = -1;

	if ((size_t)length < sizeof(before) && rename(settings.path, before) == 0)
		fd = open(settings.path,
			O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || dup2(fd, STDERR_FILENO) < 0) {
		if (ftruncate(STDERR_FILENO, 0) < 0)
			settings.path = NULL;
	}
	if (fd >= 0)
		close(fd);
}

static void file_bound(size_t length)
{
	struct stat status;

	if (settings.path && fstat(STDERR_FILENO, &status) == 0 &&
		(size_t)status.st_size + length > settings.max)
		file_turn();
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
	file_bound((size_t)length);
	if (write(STDERR_FILENO, line, (size_t)length) < 0)
		return; /* nowhere to say it */
}

__attribute__((format(printf, 4, 0))) static void line_make(enum log_level level,
	const struct log_cause *cause, const char *vm, const char *format, va_list arguments)
{
	char text[LINE_SIZE], printable[LINE_SIZE];
	int saved = errno;

	vsnprintf(text, sizeof(text), format, arguments);
	text_escape(printable, sizeof(printable), text, strlen(text));
	bool passes = !cause || !settings.gate ||
		      settings.gate(settings.gate_data, cause, strlen(printable));
	if (passes && settings.sink)
		settings.sink(level, vm, printable);
	else if (passes)
		line_write(level, vm, printable);
	errno = saved;
}

void log_write(enum log_level level, const struct log_cause *cause, const char *vm,
	const char *format, ...)
{
	va_list arguments;

	if (level > settings.level)
		return;
	va_start(arguments, format);
	line_make(level, cause, vm, format, arguments);
	va_end(arguments);
}
