#include "host-broker/journal/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/journal/line.h"
#include "host-broker/system/now.h"
#include "proto/base/allowance.h"
#include "proto/base/bytes.h"
#include "proto/base/cleanup.h"
#include "proto/base/fd.h"
#include "proto/base/log.h"
#include "proto/host/folders.h"
#include "proto/io/closer.h"
#include "proto/limits.h"

/* One VM's. */
struct volume {
	TAILQ_ENTRY(volume) link; /* in journal.volumes */
	char vm[VM_NAME_MAX + 1];
	int fd; /* -1: not open */
	size_t length;
	bool complained;
	struct allowance guest;
};

struct journal {
	char *folder;
	TAILQ_HEAD(volume_list, volume) volumes;
	struct closer closer;
	uv_timer_t timer; /* while a guest writes too much: whether it is calm */
};

#define LOOK_MS 1000

static const struct allowance_limits guest_limits = {
	.per_second = JOURNAL_GUEST_LINES_RATE,
	.burst = JOURNAL_GUEST_LINES_BURST,
	.bytes_per_second = JOURNAL_GUEST_BYTES_RATE,
	.bytes_burst = JOURNAL_GUEST_BYTES_BURST,
};

static uint64_t now_ms(void)
{
	return uv_hrtime() / 1000000;
}

static void journal_free(void *data)
{
	struct journal *journal = data;

	free(journal->folder);
	free(journal);
}

int journal_create(uv_loop_t *loop, const char *folder, struct journal **ret)
{
	struct journal *journal = calloc(1, sizeof(*journal));

	if (!journal || !(journal->folder = strdup(folder))) {
		free(journal);
		return UV_ENOMEM;
	}
	TAILQ_INIT(&journal->volumes);
	closer_init(&journal->closer, journal_free, journal);
	uv_timer_init(loop, &journal->timer);
	journal->timer.data = journal;
	closer_add(&journal->closer);
	*ret = journal;
	return 0;
}

static void volume_close(struct volume *volume)
{
	if (volume->fd >= 0)
		close(volume->fd);
	volume->fd = -1;
}

static void volume_free(struct journal *journal, struct volume *volume)
{
	TAILQ_REMOVE(&journal->volumes, volume, link);
	volume_close(volume);
	free(volume);
}

void journal_destroy(struct journal *journal)
{
	struct volume *volume;

	while ((volume = TAILQ_FIRST(&journal->volumes)))
		volume_free(journal, volume);
	closer_close(&journal->closer, (uv_handle_t *)&journal->timer);
	closer_finish(&journal->closer);
}

static struct volume *volume_find(struct journal *journal, const char *vm)
{
	struct volume *volume;

	TAILQ_FOREACH (volume, &journal->volumes, link)
		if (strcmp(volume->vm, vm) == 0)
			return volume;
	return NULL;
}

static struct volume *volume_get(struct journal *journal, const char *vm)
{
	struct volume *volume = volume_find(journal, vm);

	if (volume)
		return volume;
	volume = calloc(1, sizeof(*volume));
	if (!volume)
		return NULL;
	snprintf(volume->vm, sizeof(volume->vm), "%s", vm);
	volume->fd = -1;
	allowance_init(&volume->guest, &guest_limits, now_ms());
	TAILQ_INSERT_TAIL(&journal->volumes, volume, link);
	return volume;
}

void journal_forget(struct journal *journal, const char *vm)
{
	struct volume *volume = volume_find(journal, vm);

	if (volume)
		volume_free(journal, volume);
}

/* ---- files ---- */

static int path_make(
	const struct journal *journal, const char *vm, const char *name, char ret[PATH_MAX])
{
	int length =
		snprintf(ret, PATH_MAX, "%s/%s%s%s", journal->folder, vm, name[0] ? "/" : "", name);

	return length > 0 && length < PATH_MAX ? 0 : UV_ENAMETOOLONG;
}

static int volume_open(struct journal *journal, struct volume *volume)
{
	char path[PATH_MAX];
	struct stat status;
	int code = path_make(journal, volume->vm, "", path);

	if (code == 0)
		code = folders_make(path);
	if (code == 0)
		code = path_make(journal, volume->vm, "journal", path);
	if (code < 0)
		return code;
	_cleanup_close_ int fd = open(
		path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return UV_EINVAL;
	volume->length = (size_t)status.st_size;
	volume->fd = steal_fd(&fd);
	return 0;
}

static int volume_write(struct volume *volume, const char *line, size_t length)
{
	ssize_t written = write(volume->fd, line, length);

	if (written < 0)
		return -errno;
	volume->length += (size_t)written;
	return (size_t)written == length ? 0 : UV_ENOSPC;
}

/* ---- turning ---- */

/* Appends what the file has; nothing when it is not there. */
static int file_append(const char *path, struct bytes *ret)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat status;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) ||
		status.st_size > 2 * (JOURNAL_FILE_MAX + JOURNAL_KEPT_MAX))
		return UV_EINVAL;
	if (bytes_reserve(ret, bytes_length(ret) + (size_t)status.st_size) < 0)
		return UV_ENOMEM;
	ssize_t count = read(fd, bytes_tail(ret), (size_t)status.st_size);
	if (count < 0)
		return -errno;
	bytes_add(ret, (size_t)count);
	return 0;
}

static int file_make(const char *path, const struct bytes *content)
{
	_cleanup_close_ int fd = open(
		path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	size_t length = bytes_length(content);

	if (fd < 0)
		return -errno;
	ssize_t written = write(fd, bytes_data(content), length);
	if (written < 0)
		return -errno;
	return (size_t)written == length ? 0 : UV_ENOSPC;
}

/* The host's own lines of the file that goes. */
static int lines_keep(const char *before, struct bytes *ret)
{
	struct bytes old = {0};
	int code = file_append(before, &old);

	if (code == 0 && bytes_length(&old) > 0)
		code = journal_lines_keep(
			(const char *)bytes_data(&old), bytes_length(&old), JOURNAL_KEPT_MAX, ret);
	bytes_finish(&old);
	return code;
}

/* In the place of the file before: what it keeps, and what path has, which is gone then. */
static int files_join(
	const char *path, const char *before, const char *line, size_t length, struct bytes *kept)
{
	char made[PATH_MAX];
	int code = file_append(path, kept);

	if (snprintf(made, sizeof(made), "%s.new", before) >= (int)sizeof(made))
		return UV_ENAMETOOLONG;
	if (code == 0)
		code = bytes_append(kept, line, length);
	if (code == 0)
		code = file_make(made, kept);
	if (code == 0 && rename(made, before) < 0)
		code = -errno;
	if (code < 0)
		unlink(made);
	else if (unlink(path) < 0)
		code = -errno;
	return code;
}

/* Where the lines cannot be kept, for want of space, the file goes on without them. */
static int file_turn(const char *path, const char *before, const char *line, size_t length)
{
	struct bytes kept = {0};
	int code = lines_keep(before, &kept);

	if (code == 0 && bytes_length(&kept) > 0)
		code = files_join(path, before, line, length, &kept);
	else
		code = UV_ENOENT;
	bytes_finish(&kept);
	if (code == 0 || rename(path, before) == 0)
		return 0;
	return -errno;
}

static int volume_turn(struct journal *journal, struct volume *volume)
{
	char line[JOURNAL_LINE_SIZE], path[PATH_MAX], before[PATH_MAX];
	size_t length = journal_line_format(line, unix_now_ms(), JOURNAL_SOURCE_TURNED, "", 0);
	int code = path_make(journal, volume->vm, "journal", path);

	if (code == 0)
		code = path_make(journal, volume->vm, "journal.1", before);
	if (code == 0)
		code = file_turn(path, before, line, length);
	if (code < 0)
		return code;
	/* After that: who reads this line finds the new file. */
	int old = volume->fd;
	volume->fd = -1;
	code = volume_open(journal, volume);
	if (write(old, line, length) < 0)
		log_debug(volume->vm, "cannot mark the end of the journal");
	close(old);
	return code;
}

static int volume_add(
	struct journal *journal, struct volume *volume, const char *line, size_t length)
{
	int code = volume->fd < 0 ? volume_open(journal, volume) : 0;

	if (code == 0 && volume->length + length > JOURNAL_FILE_MAX)
		code = volume_turn(journal, volume);
	return code < 0 ? code : volume_write(volume, line, length);
}

static void line_write(
	struct journal *journal, struct volume *volume, const char *line, size_t length)
{
	int code = volume_add(journal, volume, line, length);

	if (code < 0) {
		if (!volume->complained)
			log_warning(volume->vm, "cannot write the journal in %s/%s: %s",
				journal->folder, volume->vm, uv_strerror(code));
		volume_close(volume);
	}
	volume->complained = code < 0;
}

struct journal_entry {
	const char *vm;
	const char *source;
	const char *untrusted_text;
	size_t length;
};

static void text_write(struct journal *journal, const struct journal_entry *entry,
	void (*write_line)(struct journal *, struct volume *, const char *, size_t))
{
	struct volume *volume = volume_get(journal, entry->vm);
	char line[JOURNAL_LINE_SIZE];

	if (!volume)
		return;
	size_t length = journal_line_format(
		line, unix_now_ms(), entry->source, entry->untrusted_text, entry->length);
	write_line(journal, volume, line, length);
}

void journal_add(struct journal *journal, const char *vm, const char *source,
	const char *untrusted_text, size_t text_length)
{
	text_write(journal, &(const struct journal_entry){vm, source, untrusted_text, text_length},
		line_write);
}

/* ---- guests ---- */

__attribute__((format(printf, 3, 4))) static void left_out_say(
	struct journal *journal, struct volume *volume, const char *format, ...)
{
	char text[128], line[JOURNAL_LINE_SIZE];
	va_list arguments;

	va_start(arguments, format);
	int length = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	size_t line_length = journal_line_format(
		line, unix_now_ms(), JOURNAL_SOURCE_LEFT_OUT, text, (size_t)length);
	line_write(journal, volume, line, line_length);
}

/* Whether it floods, after its end was told. */
static bool guest_floods(struct journal *journal, struct volume *volume)
{
	uint64_t left_out;

	if (allowance_calms(&volume->guest, now_ms(), &left_out))
		left_out_say(journal, volume, "%" PRIu64 " lines were left out", left_out);
	return volume->guest.floods;
}

static void on_look(uv_timer_t *timer)
{
	struct journal *journal = timer->data;
	struct volume *volume;
	bool floods = false;

	TAILQ_FOREACH (volume, &journal->volumes, link)
		floods = guest_floods(journal, volume) || floods;
	if (!floods)
		uv_timer_stop(timer);
}

static void guest_line_write(
	struct journal *journal, struct volume *volume, const char *line, size_t length)
{
	switch (allowance_take(&volume->guest, (uint32_t)length, now_ms())) {
	case ALLOWANCE_TAKEN:
		line_write(journal, volume, line, length);
		break;
	case ALLOWANCE_EXCEEDED:
		left_out_say(journal, volume,
			"the guest writes too much: leaving out lines from here on");
		uv_timer_start(&journal->timer, on_look, LOOK_MS, LOOK_MS);
		break;
	case ALLOWANCE_LEFT_OUT:
		break;
	}
}

void journal_add_guest(struct journal *journal, const char *vm, const char *source,
	const char *untrusted_text, size_t text_length)
{
	text_write(journal, &(const struct journal_entry){vm, source, untrusted_text, text_length},
		guest_line_write);
}

int journal_open(struct journal *journal, const char *vm, unsigned int age, int *ret_fd)
{
	char path[PATH_MAX];
	int code = path_make(journal, vm, age == 0 ? "journal" : "journal.1", path);

	if (code < 0)
		return code;
	*ret_fd = fd_open_regular(AT_FDCWD, path, O_NOFOLLOW);
	return *ret_fd < 0 ? *ret_fd : 0;
}
