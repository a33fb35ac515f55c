#include "host-broker/cli/base/journal-reader.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/journal/line.h"
#include "proto/base/bytes.h"
#include "proto/base/cleanup.h"

#define READ_SIZE 65536
#define LOOK_AGAIN_MS 500 /* where a file cannot be watched */
#define TRIES 3

struct reading {
	const struct journal_reader *reader;
	struct bytes text; /* read and not told yet */
	bool over;         /* nobody reads */
	bool turned;       /* the file's last line came: it goes on in another */
};

/* Appends what the file has from here on. */
static int file_read(struct reading *reading, int fd)
{
	for (;;) {
		if (bytes_reserve(&reading->text, bytes_length(&reading->text) + READ_SIZE) < 0)
			return UV_ENOMEM;
		ssize_t count = read(fd, bytes_tail(&reading->text), READ_SIZE);
		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			return count < 0 ? -errno : 0;
		bytes_add(&reading->text, (size_t)count);
	}
}

static void line_tell(struct reading *reading, char *line, size_t length)
{
	struct journal_line parsed;

	line[length] = '\0';
	if (!journal_line_parse(line, &parsed))
		return;
	reading->turned = strcmp(parsed.source, JOURNAL_SOURCE_TURNED) == 0;
	if (!reading->turned)
		reading->over = !reading->reader->on_line(reading->reader->data, line);
}

/* Tells the whole lines. */
static void lines_tell(struct reading *reading)
{
	while (!reading->over) {
		char *text = (char *)bytes_data(&reading->text);
		size_t length = bytes_length(&reading->text);
		const char *end = length > 0 ? memchr(text, '\n', length) : NULL;
		if (!end)
			return;
		line_tell(reading, text, (size_t)(end - text));
		bytes_consume(&reading->text, (size_t)(end - text) + 1);
	}
}

/* Leaves the last lines of the text. */
static void lines_skip(struct reading *reading, unsigned int last)
{
	const char *text = (const char *)bytes_data(&reading->text);
	size_t at = bytes_length(&reading->text);
	unsigned int lines = 0;

	while (at > 0 && lines <= last)
		lines += text[--at] == '\n';
	if (lines > last)
		bytes_consume(&reading->text, at + 1);
}

static bool same_file(int one, int other)
{
	struct stat of_one, of_other;

	return fstat(one, &of_one) == 0 && fstat(other, &of_other) == 0 &&
	       of_one.st_ino == of_other.st_ino && of_one.st_dev == of_other.st_dev;
}

/* Whether the newest file is still the newest. */
static int still_newest(
	const struct journal_reader *reader, int newest, bool *ret, struct error *error)
{
	_cleanup_close_ int again = -1;
	int code = reader->open(reader->data, 0, &again, error);

	*ret = code == 0 && same_file(newest, again);
	return code;
}

/* Both files, of one moment: the newest may become part of the one before in between. */
static int files_open(
	const struct journal_reader *reader, int *ret_before, int *ret_newest, struct error *error)
{
	for (int i = 0; i < TRIES; i++) {
		_cleanup_close_ int newest = -1;
		_cleanup_close_ int before = -1;
		bool still = true;
		int code = reader->open(reader->data, 0, &newest, error);
		if (code < 0)
			return code;
		code = reader->open(reader->data, 1, &before, error);
		if (code < 0 && code != UV_ENOENT)
			return code;
		if (before >= 0)
			code = still_newest(reader, newest, &still, error);
		if (before >= 0 && code < 0)
			return code;
		if (!still)
			continue;
		*ret_before = steal_fd(&before);
		*ret_newest = steal_fd(&newest);
		return 0;
	}
	return error_set(error, UV_EAGAIN, "the journal is written faster than it can be read");
}

/* Until there is more to read. */
static void wait_more(int fd)
{
	_cleanup_close_ int watch = inotify_init1(IN_CLOEXEC);
	struct pollfd poll_fd = {.fd = watch, .events = POLLIN};
	struct stat status;
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	bool watches = watch >= 0 && inotify_add_watch(watch, path, IN_MODIFY) >= 0;
	/* It may have grown before it was watched. */
	if (fstat(fd, &status) == 0 && status.st_size > lseek(fd, 0, SEEK_CUR))
		return;
	poll(&poll_fd, watches ? 1 : 0, watches ? -1 : LOOK_AGAIN_MS);
}

static int file_follow(struct reading *reading, int fd)
{
	while (!reading->over && !reading->turned) {
		wait_more(fd);
		int code = file_read(reading, fd);
		if (code < 0)
			return code;
		lines_tell(reading);
	}
	return 0;
}

static int follow(struct reading *reading, int newest, struct error *error)
{
	_cleanup_close_ int fd = newest;
	int code = 0;

	while (code == 0 && !reading->over) {
		code = file_follow(reading, fd);
		if (code < 0 || reading->over)
			break;
		close(fd);
		fd = -1;
		reading->turned = false;
		code = reading->reader->open(reading->reader->data, 0, &fd, error);
		if (code < 0)
			return code;
		code = file_read(reading, fd);
		if (code == 0)
			lines_tell(reading);
	}
	return code < 0 ? error_set(error, code, "cannot read the journal: %s", uv_strerror(code))
			: 0;
}

int journal_reader_run(const struct journal_reader *reader, struct error *error)
{
	struct reading reading = {.reader = reader};
	_cleanup_close_ int before = -1;
	_cleanup_close_ int newest = -1;
	int code = files_open(reader, &before, &newest, error);

	if (code < 0)
		return code;
	if (before >= 0)
		code = file_read(&reading, before);
	if (code == 0)
		code = file_read(&reading, newest);
	if (code < 0)
		error_set(error, code, "cannot read the journal: %s", uv_strerror(code));
	if (code == 0 && reader->last > 0)
		lines_skip(&reading, reader->last);
	if (code == 0)
		lines_tell(&reading);
	/* A line that says so of the file before has been passed. */
	reading.turned = false;
	if (code == 0 && reader->follow && !reading.over)
		code = follow(&reading, steal_fd(&newest), error);
	bytes_finish(&reading.text);
	return code;
}
