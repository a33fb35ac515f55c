#include "proto/copy/send.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "proto/base/cleanup.h"
#include "proto/base/text.h"
#include "proto/copy/path.h"
#include "proto/copy/pipe.h"
#include "proto/copy/rules.h"

struct level {
	DIR *dir;
	size_t path_length; /* before its name */
};

struct sender {
	const struct copy_send_options *options;
	struct copy_pipe pipe;
	struct copy_path path;
	struct level levels[COPY_DEPTH_MAX];
	uint32_t depth;
	uint32_t entries;
	uint8_t *wanted;  /* of each source: 0 or 1; NULL until GO came */
	bool done;        /* DONE came */
	bool peer_failed; /* ERROR came, and is in error */
	struct copy_counts counts;
	struct error *error;
};

/* ---- what is sent ---- */

static bool is_dots(const struct copy_span *name)
{
	return name->length == 0 || (name->length == 1 && name->bytes[0] == '.') ||
	       (name->length == 2 && memcmp(name->bytes, "..", 2) == 0);
}

static const char *kind_name(mode_t mode)
{
	if (S_ISFIFO(mode))
		return "is a named pipe";
	return S_ISSOCK(mode) ? "is a socket" : "is a device";
}

static int fail(struct error *error, const char *untrusted_path, int code, const char *what)
{
	char printable[700];

	text_escape(printable, sizeof(printable), untrusted_path, strlen(untrusted_path));
	return error_set(error, code, "%s: %s", printable, what);
}

int copy_source_find(const char *path, struct copy_source *ret, struct error *error)
{
	struct copy_span name = copy_name_of(path);
	_cleanup_free_ char *real = NULL;
	struct stat status;

	if (stat(path, &status) < 0)
		return fail(error, path, -errno, strerror(errno));
	if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))
		return fail(error, path, UV_ENOTSUP,
			"is neither a file nor a folder, and cannot be copied");
	if (is_dots(&name)) {
		real = realpath(path, NULL);
		name = copy_name_of(real ? real : "");
	}
	if (!copy_name_is_allowed(name.bytes, name.length))
		return fail(error, path, UV_EINVAL,
			"has a name that cannot be copied: empty, or with control characters");
	*ret = (struct copy_source){.path = path, .is_folder = S_ISDIR(status.st_mode)};
	memcpy(ret->name, name.bytes, name.length);
	return 0;
}

/* ---- what the receiver says ---- */

static int on_record(void *data, const struct copy_record *untrusted_record)
{
	struct sender *sender = data;
	const struct copy_send_options *options = sender->options;
	char printable[COPY_TEXT_MAX];

	switch (untrusted_record->type) {
	case COPY_GO:
		if (sender->wanted || untrusted_record->body.length != options->sources_count)
			break;
		sender->wanted = malloc(options->sources_count);
		if (!sender->wanted)
			return UV_ENOMEM;
		memcpy(sender->wanted, untrusted_record->body.bytes, options->sources_count);
		return 0;
	case COPY_COUNTS:
	case COPY_DONE:
		sender->counts = untrusted_record->done;
		sender->done = untrusted_record->type == COPY_DONE;
		if (options->on_counts && !sender->done)
			options->on_counts(options->data, &sender->counts);
		return 0;
	case COPY_ERROR:
		text_escape(printable, sizeof(printable),
			(const char *)untrusted_record->body.bytes, untrusted_record->body.length);
		sender->peer_failed = true;
		return error_set(sender->error, UV_ECANCELED, "%s: %s", options->peer, printable);
	default:
		break;
	}
	return UV_EPROTO;
}

static int answer_take(struct sender *sender)
{
	struct copy_record untrusted_record;
	int code = copy_pipe_next(&sender->pipe, &untrusted_record);

	return code < 0 ? code : on_record(sender, &untrusted_record);
}

/* ---- the walk ---- */

static int entry_fail(struct sender *sender, int code, const char *what)
{
	return error_set(sender->error, code, "%s%s%s", sender->path.text,
		sender->path.length > 0 ? ": " : "", what);
}

/* What cannot be sent is left out, if that was asked for. */
static int entry_refuse(struct sender *sender, const char *what)
{
	const struct copy_record record = {.type = COPY_SKIPPED};

	if (sender->options->skip && sender->depth > 0)
		return copy_pipe_put(&sender->pipe, &record);
	return error_set(sender->error, UV_ENOTSUP,
		"%s: %s (use --skip-special to skip such files)", sender->path.text, what);
}

/* What vanished was never there, but for what the user named. */
static int entry_errno(struct sender *sender)
{
	if (errno == ENOENT && sender->depth > 0)
		return 0;
	return entry_fail(sender, -errno, strerror(errno));
}

/* fstatat() failed; a link that leads to nothing is there all the same. */
static int stat_errno(struct sender *sender, int dir_fd, const char *path)
{
	struct stat status;
	int saved = errno;

	if (saved == ENOENT && sender->options->follow &&
		fstatat(dir_fd, path, &status, AT_SYMLINK_NOFOLLOW) == 0)
		return entry_refuse(sender, "is a link to nothing");
	errno = saved;
	return entry_errno(sender);
}

static struct copy_record entry_record(
	enum copy_type type, const char *name, const struct stat *status)
{
	int64_t seconds = status->st_mtim.tv_sec;

	if (seconds > COPY_TIME_MAX)
		seconds = COPY_TIME_MAX;
	if (seconds < -COPY_TIME_MAX)
		seconds = -COPY_TIME_MAX;
	return (struct copy_record){
		.type = type,
		.mode = status->st_mode & COPY_MODE_MAX,
		.seconds = seconds,
		.nanoseconds = (uint32_t)status->st_mtim.tv_nsec,
		.name = {.bytes = (const uint8_t *)name, .length = strlen(name)},
	};
}

static int hole_put(struct sender *sender, uint64_t length)
{
	const struct copy_record record = {.type = COPY_HOLE, .size = length};

	return copy_pipe_put(&sender->pipe, &record);
}

/* What is known to be there, in a file that is stored somewhere. */
static int data_put(struct sender *sender, int fd, off_t *at, off_t end)
{
	size_t length = end - *at < COPY_DATA_MAX ? (size_t)(end - *at) : COPY_DATA_MAX;
	int code = copy_pipe_put_file(&sender->pipe, fd, *at, length);

	*at += (off_t)length;
	return code == UV_ENXIO ? entry_fail(sender, code, "became shorter while it was copied")
				: code;
}

/* What is there: nobody knows how much before it is read. */
static int unknown_put(struct sender *sender, int fd)
{
	ssize_t count;

	do
		count = copy_pipe_put_read(&sender->pipe, fd);
	while (count > 0);
	return (int)count;
}

/* From *at up to the size that the file has now. */
static int stored_put(struct sender *sender, int fd, const struct stat *status, off_t *ret_at)
{
	off_t size = status->st_size, at = *ret_at, data_end = 0;
	bool has_holes = status->st_blocks < size / 512;
	int code = 0;

	while (code == 0 && at < size) {
		if (at < data_end) {
			code = data_put(sender, fd, &at, data_end);
			continue;
		}
		/* ENXIO: only a hole is left, or nothing, which pread() tells. */
		off_t data = has_holes ? lseek(fd, at, SEEK_DATA) : at;
		if (data < 0)
			data = errno == ENXIO && lseek(fd, 0, SEEK_END) >= size ? size : at;
		if (data > size)
			data = size;
		if (data > at)
			code = hole_put(sender, (uint64_t)(data - at));
		at = data;
		off_t hole = has_holes ? lseek(fd, at, SEEK_HOLE) : size;
		data_end = hole > at && hole < size ? hole : size;
	}
	*ret_at = at;
	return code;
}

/* Whether its size can be believed: it takes room somewhere, or is one hole. Files of /proc say 0,
 * those of /sys 4096, whatever they hold. */
static bool is_stored(int fd, const struct stat *status)
{
	return status->st_blocks > 0 ||
	       (status->st_size > 0 && lseek(fd, 0, SEEK_DATA) < 0 && errno == ENXIO);
}

/* Up to the file's end, as cp(1) reads it. */
static int content_put(struct sender *sender, int fd, struct stat *status)
{
	const struct copy_record end = {.type = COPY_FILE_END};
	bool stored = is_stored(fd, status);
	off_t at = 0;
	int code = 0;

	while (code == 0 && stored && at < status->st_size) {
		code = stored_put(sender, fd, status, &at);
		/* It may have grown meanwhile. */
		if (code == 0 && fstat(fd, status) < 0)
			code = -errno;
	}
	if (code == 0 && !stored)
		code = unknown_put(sender, fd);
	return code < 0 ? code : copy_pipe_put(&sender->pipe, &end);
}

static int file_send(
	struct sender *sender, int dir_fd, const char *path, const char *name, int follow_flag)
{
	/* Not waiting for anybody, should it be a named pipe by now. */
	_cleanup_close_ int fd =
		openat(dir_fd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | follow_flag);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0)
		return entry_errno(sender);
	if (!S_ISREG(status.st_mode))
		return entry_fail(sender, UV_EAGAIN, "was replaced while it was copied");
	struct copy_record record = entry_record(COPY_FILE, name, &status);
	int code = copy_pipe_put(&sender->pipe, &record);
	return code < 0 ? code : content_put(sender, fd, &status);
}

static int folder_begin(struct sender *sender, int dir_fd, const char *path, const char *name,
	int follow_flag, size_t path_length)
{
	struct stat status;

	if (sender->depth == COPY_DEPTH_MAX)
		return entry_refuse(sender, "is nested deeper than 256 folders");
	int fd = openat(dir_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | follow_flag);
	if (fd < 0)
		return entry_errno(sender);
	DIR *dir = fdopendir(fd);
	if (!dir || fstat(fd, &status) < 0) {
		int code = entry_errno(sender);
		if (dir)
			closedir(dir);
		else
			close(fd);
		return code;
	}
	sender->levels[sender->depth++] = (struct level){.dir = dir, .path_length = path_length};
	const struct copy_record record = entry_record(COPY_FOLDER, name, &status);
	return copy_pipe_put(&sender->pipe, &record);
}

static int link_send(struct sender *sender, int dir_fd, const char *name, const struct stat *status)
{
	char target[COPY_TARGET_MAX + 1];
	ssize_t length = readlinkat(dir_fd, name, target, sizeof(target));

	if (length < 0)
		return entry_errno(sender);
	if (!copy_link_is_allowed(target, (size_t)length, sender->depth - 1))
		return entry_refuse(sender, "is a link that leads out of the copied folder");
	struct copy_record record = entry_record(COPY_LINK, name, status);
	record.body =
		(struct copy_span){.bytes = (const uint8_t *)target, .length = (size_t)length};
	return copy_pipe_put(&sender->pipe, &record);
}

/* A file, folder or link. path is what opens it, name what it is called: they differ at the top. */
static int entry_send(struct sender *sender, int dir_fd, const char *path, const char *name)
{
	bool follow = sender->depth == 0 || sender->options->follow;
	size_t path_length = copy_path_add(&sender->path, name, strlen(name));
	int follow_flag = follow ? 0 : O_NOFOLLOW;
	struct stat status;
	int code;

	if (++sender->entries > COPY_ENTRIES_MAX)
		code = entry_fail(sender, UV_E2BIG, "there are too many files for one copy");
	else if (!copy_name_is_allowed(name, strlen(name)))
		code = entry_refuse(sender, "has control characters in its name");
	else if (fstatat(dir_fd, path, &status, follow ? 0 : AT_SYMLINK_NOFOLLOW) < 0)
		code = stat_errno(sender, dir_fd, path);
	else if (S_ISDIR(status.st_mode))
		return folder_begin(sender, dir_fd, path, name, follow_flag, path_length);
	else if (S_ISREG(status.st_mode))
		code = file_send(sender, dir_fd, path, name, follow_flag);
	else if (S_ISLNK(status.st_mode))
		code = link_send(sender, dir_fd, name, &status);
	else
		code = entry_refuse(sender, kind_name(status.st_mode));
	copy_path_cut(&sender->path, path_length);
	return code;
}

static int folder_end(struct sender *sender)
{
	const struct copy_record record = {.type = COPY_FOLDER_END};
	const struct level *level = &sender->levels[--sender->depth];

	closedir(level->dir);
	copy_path_cut(&sender->path, level->path_length);
	return copy_pipe_put(&sender->pipe, &record);
}

/* The next entry of the folder that was begun last, or its end. */
static int folder_step(struct sender *sender)
{
	DIR *dir = sender->levels[sender->depth - 1].dir;
	const struct dirent *entry;

	errno = 0;
	entry = readdir(dir);
	if (!entry && errno != 0)
		return entry_fail(sender, -errno, strerror(errno));
	if (!entry)
		return folder_end(sender);
	if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
		return 0;
	return entry_send(sender, dirfd(dir), entry->d_name, entry->d_name);
}

static int source_send(struct sender *sender, const struct copy_source *source)
{
	int code = entry_send(sender, AT_FDCWD, source->path, source->name);

	while (code == 0 && sender->depth > 0)
		code = folder_step(sender);
	return code;
}

/* ---- the whole ---- */

static int items_put(struct sender *sender)
{
	const struct copy_send_options *options = sender->options;
	struct copy_record record = {.type = COPY_BEGIN,
		.version = COPY_VERSION,
		.items = (uint32_t)options->sources_count};
	int code = copy_pipe_put(&sender->pipe, &record);

	for (size_t i = 0; code == 0 && i < options->sources_count; i++) {
		const struct copy_source *source = &options->sources[i];
		record = (struct copy_record){.type = COPY_ITEM,
			.is_folder = source->is_folder,
			.name = {.bytes = (const uint8_t *)source->name,
				.length = strlen(source->name)}};
		code = copy_pipe_put(&sender->pipe, &record);
	}
	return code;
}

static int all_send(struct sender *sender)
{
	const struct copy_record end = {.type = COPY_END};
	int code = items_put(sender);

	if (code == 0)
		code = copy_pipe_flush(&sender->pipe);
	while (code == 0 && !sender->wanted)
		code = answer_take(sender);
	for (size_t i = 0; code == 0 && i < sender->options->sources_count; i++)
		if (sender->wanted[i])
			code = source_send(sender, &sender->options->sources[i]);
	if (code == 0)
		code = copy_pipe_put(&sender->pipe, &end);
	if (code == 0)
		code = copy_pipe_flush(&sender->pipe);
	while (code == 0 && !sender->done)
		code = answer_take(sender);
	return code;
}

/* The receiver closed its end: it may have said why before. */
static int closed_take(struct sender *sender)
{
	int code = 0;

	while (code == 0)
		code = answer_take(sender);
	return code;
}

/* Tells the receiver why nothing more comes. */
static void abort_put(struct copy_pipe *pipe, const struct error *error)
{
	const struct copy_record record = {.type = COPY_ABORT,
		.body = {.bytes = (const uint8_t *)error->text,
			.length = strnlen(error->text, COPY_TEXT_MAX)}};

	if (copy_pipe_put(pipe, &record) == 0)
		copy_pipe_flush(pipe);
}

void copy_send_refusal(int out_fd, const struct error *error)
{
	struct copy_pipe pipe;

	copy_pipe_init(&pipe, -1, out_fd);
	abort_put(&pipe, error);
	copy_pipe_finish(&pipe);
}

static int failure_tell(struct sender *sender, int code)
{
	const char *peer = sender->options->peer;

	if (code == UV_EPIPE)
		code = closed_take(sender);
	if (sender->peer_failed)
		return code;
	if (code == UV_EOF || code == UV_EPIPE)
		return error_set(
			sender->error, UV_EOF, "%s: ended before the copy was complete", peer);
	if (code == UV_EPROTO)
		return error_set(sender->error, code, "%s: broke the copy protocol", peer);
	if (sender->error->code == 0)
		entry_fail(sender, code, uv_strerror(code));
	abort_put(&sender->pipe, sender->error);
	return code;
}

int copy_send(const struct copy_send_options *options, struct copy_counts *ret, struct error *error)
{
	_cleanup_free_ struct sender *sender = calloc(1, sizeof(*sender));

	*error = (struct error){0};
	if (!sender)
		return error_set(error, UV_ENOMEM, "out of memory");
	sender->options = options;
	sender->error = error;
	copy_pipe_init(&sender->pipe, options->in_fd, options->out_fd);
	sender->pipe.on_record = on_record;
	sender->pipe.data = sender;
	int code = all_send(sender);
	if (code < 0)
		code = failure_tell(sender, code);
	while (sender->depth > 0)
		closedir(sender->levels[--sender->depth].dir);
	*ret = sender->counts;
	free(sender->wanted);
	copy_pipe_finish(&sender->pipe);
	return code;
}
