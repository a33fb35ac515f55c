#include "proto/copy/receive.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <uv.h>

#include "proto/base/cleanup.h"
#include "proto/base/text.h"
#include "proto/copy/confine.h"
#include "proto/copy/path.h"
#include "proto/copy/pipe.h"
#include "proto/copy/rules.h"

#define COUNTS_INTERVAL_NS 250000000u
#define FLUSH_SIZE (2 * 1024 * 1024) /* bytes of a file that go to the disk together */

/* What is set when all of it has come. */
struct attributes {
	uint32_t mode;
	struct timespec times[2]; /* of access, of modification */
};

struct level {
	int fd;
	size_t path_length; /* before its name */
	struct attributes attributes;
};

struct item {
	char *name;
	bool wanted;
	bool is_folder;
	int folder_mode; /* set at the very end, since it may forbid to move the folder; -1: none */
};

struct receiver {
	const struct copy_receive_options *options;
	struct copy_pipe pipe;
	struct copy_rules rules;
	struct copy_budget budget;
	mode_t mask; /* the process's */
	struct copy_path path;
	struct item *items;
	uint32_t items_count;
	uint32_t items_capacity;
	uint32_t next; /* the item that begins next at the top */
	struct level levels[COPY_DEPTH_MAX];
	struct level file; /* fd -1: none is open */
	uint64_t file_at;
	uint64_t flushed; /* bytes of it that are on their way to the disk */
	bool ends_in_hole;
	struct copy_counts counts;
	uint64_t told; /* when counts were, by uv_hrtime() */
	bool ended;
	bool peer_failed; /* ABORT came, and is in error */
	struct error *error;
};

static int entry_fail(struct receiver *receiver, int code)
{
	if (receiver->error->code == 0)
		error_set(receiver->error, code, "%s: %s", receiver->path.text, strerror(-code));
	return code;
}

static int sender_fail(struct receiver *receiver, const char *problem)
{
	return error_set(receiver->error, UV_EPROTO, "%s %s%s%s", receiver->options->peer, problem,
		receiver->path.length > 0 ? ", at " : "", receiver->path.text);
}

/* ---- what it is made of ---- */

static int beneath_open(int dir_fd, const char *name, int flags)
{
	const struct open_how how = {
		.flags = (uint64_t)(flags | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY),
		.mode = flags & O_CREAT ? 0600 : 0,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS |
			   RESOLVE_NO_XDEV,
	};

	return (int)syscall(SYS_openat2, dir_fd, name, &how, sizeof(how));
}

static struct attributes attributes_of(
	const struct receiver *receiver, const struct copy_record *record)
{
	const struct timespec time = {.tv_sec = record->seconds, .tv_nsec = record->nanoseconds};

	return (struct attributes){.mode = record->mode & ~receiver->mask, .times = {time, time}};
}

static mode_t mask_get(void)
{
	mode_t mask = umask(077);

	umask(mask);
	return mask;
}

static int dir_fd(const struct receiver *receiver)
{
	return receiver->rules.depth > 0 ? receiver->levels[receiver->rules.depth - 1].fd
					 : receiver->options->destination->staging_fd;
}

/* Another file, folder or link: there is room for it, and at the top it is what was named. */
static int entry_begin(struct receiver *receiver, bool top, const struct copy_record *record)
{
	const char *problem = copy_budget_take_entry(&receiver->budget);

	if (problem)
		return sender_fail(receiver, problem);
	if (!top)
		return 0;
	while (!receiver->items[receiver->next].wanted)
		receiver->next++;
	if (receiver->items[receiver->next].is_folder == (record->type == COPY_FOLDER))
		return 0;
	return sender_fail(receiver, record->type == COPY_FOLDER
					     ? "announced a file but sent a folder"
					     : "announced a folder but sent a file");
}

/* The name of what begins now, in ret: at the top its number, and its own name is for messages. */
static size_t entry_name(struct receiver *receiver, bool top, const struct copy_span *name,
	char ret[COPY_NAME_MAX + 1])
{
	if (!top) {
		memcpy(ret, name->bytes, name->length);
		ret[name->length] = '\0';
		return copy_path_add(&receiver->path, ret, name->length);
	}
	snprintf(ret, COPY_NAME_MAX + 1, "%u", receiver->next);
	const char *own = receiver->items[receiver->next++].name;
	return copy_path_add(&receiver->path, own, strlen(own));
}

/* The copy is one file, which can be synchronized without all else that the disk waits for. */
static bool is_one_file(const struct receiver *receiver)
{
	return receiver->items_count == 1 && !receiver->items[0].is_folder;
}

static int sync_fail(struct receiver *receiver)
{
	return error_set(
		receiver->error, -errno, "cannot write the received data: %s", strerror(errno));
}

static int file_end(struct receiver *receiver)
{
	struct level *file = &receiver->file;
	int fd = file->fd, code = 0;

	if ((receiver->ends_in_hole && ftruncate(fd, (off_t)receiver->file_at) < 0) ||
		fchmod(fd, file->attributes.mode) < 0 || futimens(fd, file->attributes.times) < 0)
		code = entry_fail(receiver, -errno);
	if (code == 0 && is_one_file(receiver) && fsync(fd) < 0)
		code = sync_fail(receiver);
	file->fd = -1;
	if (close(fd) < 0 && code == 0)
		code = entry_fail(receiver, -errno);
	copy_path_cut(&receiver->path, file->path_length);
	return code;
}

static int file_begin(struct receiver *receiver, const struct copy_record *record)
{
	bool top = receiver->rules.depth == 0;
	char name[COPY_NAME_MAX + 1];
	int code = entry_begin(receiver, top, record);

	if (code < 0)
		return code;
	size_t path_length = entry_name(receiver, top, &record->name, name);
	int fd = beneath_open(dir_fd(receiver), name, O_WRONLY | O_CREAT | O_EXCL);
	if (fd < 0)
		return entry_fail(receiver, -errno);
	receiver->file = (struct level){.fd = fd,
		.path_length = path_length,
		.attributes = attributes_of(receiver, record)};
	receiver->file_at = 0;
	receiver->flushed = 0;
	receiver->ends_in_hole = false;
	receiver->counts.files++;
	return 0;
}

/* The disk works while more comes, and not only at the end, which waits for it. */
static void flush_early(struct receiver *receiver)
{
	uint64_t length = receiver->file_at - receiver->flushed;

	if (length < FLUSH_SIZE)
		return;
	sync_file_range(
		receiver->file.fd, (off_t)receiver->flushed, (off_t)length, SYNC_FILE_RANGE_WRITE);
	receiver->flushed = receiver->file_at;
}

static int file_data(struct receiver *receiver, const struct copy_span *data)
{
	const char *problem = copy_budget_take_bytes(&receiver->budget, data->length);

	if (problem)
		return sender_fail(receiver, problem);
	for (size_t done = 0; done < data->length;) {
		ssize_t count = pwrite(receiver->file.fd, data->bytes + done, data->length - done,
			(off_t)(receiver->file_at + done));
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return entry_fail(receiver, -errno);
		done += (size_t)count;
	}
	receiver->file_at += data->length;
	receiver->counts.bytes += data->length;
	flush_early(receiver);
	receiver->ends_in_hole = false;
	return 0;
}

static int file_hole(struct receiver *receiver, uint64_t length)
{
	receiver->file_at += length;
	receiver->ends_in_hole = true;
	return 0;
}

/* The rules have counted it: the folder above is one less deep. */
static int folder_begin(struct receiver *receiver, const struct copy_record *record)
{
	uint32_t depth = receiver->rules.depth - 1;
	struct level *level = &receiver->levels[depth];
	int above = depth > 0 ? level[-1].fd : receiver->options->destination->staging_fd;
	char name[COPY_NAME_MAX + 1];
	int code = entry_begin(receiver, depth == 0, record);

	if (code < 0)
		return code;
	size_t path_length = entry_name(receiver, depth == 0, &record->name, name);
	*level = (struct level){.fd = -1,
		.path_length = path_length,
		.attributes = attributes_of(receiver, record)};
	if (mkdirat(above, name, 0700) < 0)
		return entry_fail(receiver, -errno);
	level->fd = beneath_open(above, name, O_RDONLY | O_DIRECTORY);
	if (level->fd < 0)
		return entry_fail(receiver, -errno);
	if (depth == 0)
		receiver->items[receiver->next - 1].folder_mode = (int)level->attributes.mode;
	receiver->counts.folders++;
	return 0;
}

static int folder_end(struct receiver *receiver)
{
	struct level *level = &receiver->levels[receiver->rules.depth];
	bool top = receiver->rules.depth == 0;
	int code = 0;

	if ((!top && fchmod(level->fd, level->attributes.mode) < 0) ||
		futimens(level->fd, level->attributes.times) < 0)
		code = entry_fail(receiver, -errno);
	close(level->fd);
	level->fd = -1;
	copy_path_cut(&receiver->path, level->path_length);
	return code;
}

static int link_make(struct receiver *receiver, const struct copy_record *record)
{
	const struct attributes attributes = attributes_of(receiver, record);
	char name[COPY_NAME_MAX + 1], target[COPY_TARGET_MAX + 1];
	int code = entry_begin(receiver, false, record);

	if (code < 0)
		return code;
	size_t path_length = entry_name(receiver, false, &record->name, name);
	int above = dir_fd(receiver);

	memcpy(target, record->body.bytes, record->body.length);
	target[record->body.length] = '\0';
	if (symlinkat(target, above, name) < 0 ||
		utimensat(above, name, attributes.times, AT_SYMLINK_NOFOLLOW) < 0)
		return entry_fail(receiver, -errno);
	copy_path_cut(&receiver->path, path_length);
	receiver->counts.links++;
	return 0;
}

/* ---- what is to come ---- */

static int begin(struct receiver *receiver, const struct copy_record *record)
{
	const struct copy_receive_options *options = receiver->options;

	if (options->names && record->items != options->names_count)
		return sender_fail(receiver, "sent a different number of files than was asked for");
	receiver->items = calloc(record->items, sizeof(*receiver->items));
	if (!receiver->items)
		return error_set(receiver->error, UV_ENOMEM, "out of memory");
	receiver->items_capacity = record->items;
	if (options->destination->folder_fd >= 0)
		return 0;
	return copy_destination_open(
		options->destination, options->path, record->items, receiver->error);
}

/* All are named: says which are wanted. */
static int go(struct receiver *receiver)
{
	struct copy_destination *destination = receiver->options->destination;
	_cleanup_free_ uint8_t *wanted = calloc(receiver->items_count, 1);
	uint32_t count = 0;

	if (!wanted)
		return error_set(receiver->error, UV_ENOMEM, "out of memory");
	for (uint32_t i = 0; i < receiver->items_count; i++) {
		wanted[i] = receiver->items[i].wanted;
		count += receiver->items[i].wanted;
	}
	if (destination->staging_fd < 0 && count > 0) {
		int code = copy_destination_stage(destination, receiver->error);
		if (code < 0)
			return code;
	}
	copy_budget_init(&receiver->budget, &receiver->options->limits, destination->staging_fd);
	/* Not all kernels can, and it is the second of two walls. */
	if (receiver->options->confine)
		(void)copy_confine(destination->folder_fd);
	receiver->counts.skipped = receiver->items_count - count;
	copy_rules_go(&receiver->rules, count);
	const struct copy_record record = {
		.type = COPY_GO, .body = {.bytes = wanted, .length = receiver->items_count}};
	int code = copy_pipe_put(&receiver->pipe, &record);
	return code < 0 ? code : copy_pipe_flush(&receiver->pipe);
}

static int item_add(struct receiver *receiver, const struct copy_record *record)
{
	const struct copy_receive_options *options = receiver->options;
	struct item *item = &receiver->items[receiver->items_count];
	const char *own = options->names ? options->names[receiver->items_count] : NULL;

	item->folder_mode = -1;
	item->is_folder = record->is_folder;
	item->name =
		own ? strdup(own) : strndup((const char *)record->name.bytes, record->name.length);
	if (!item->name)
		return error_set(receiver->error, UV_ENOMEM, "out of memory");
	receiver->items_count++;
	int choice = copy_destination_choose(
		options->destination, item->name, record->is_folder, receiver->error);
	item->wanted = choice == 1;
	if (choice < 0)
		return choice;
	return receiver->rules.phase == COPY_PHASE_CHOOSING ? go(receiver) : 0;
}

/* ---- the end ---- */

/* Of the items that are folders. One that cannot be set stays the user's alone. */
static void modes_set(struct receiver *receiver)
{
	const struct copy_destination *destination = receiver->options->destination;

	for (uint32_t i = 0; i < receiver->items_count; i++) {
		const struct item *item = &receiver->items[i];
		if (item->folder_mode < 0)
			continue;
		_cleanup_close_ int fd = beneath_open(destination->folder_fd,
			copy_destination_name(destination, item->name), O_RDONLY | O_DIRECTORY);
		if (fd >= 0)
			fchmod(fd, (mode_t)item->folder_mode);
	}
}

static int end(struct receiver *receiver)
{
	struct copy_destination *destination = receiver->options->destination;
	struct copy_placed *placed = calloc(receiver->items_count, sizeof(*placed));
	size_t count = 0;

	if (!placed)
		return error_set(receiver->error, UV_ENOMEM, "out of memory");
	for (uint32_t i = 0; i < receiver->items_count; i++)
		if (receiver->items[i].wanted)
			placed[count++] = (struct copy_placed){.number = i,
				.name = copy_destination_name(
					destination, receiver->items[i].name)};
	int code = 0;
	if (count > 0 && !is_one_file(receiver) && syncfs(destination->staging_fd) < 0)
		code = sync_fail(receiver);
	if (code == 0)
		code = copy_destination_place(destination, placed, count, receiver->error);
	if (code == 0)
		modes_set(receiver);
	free(placed);
	receiver->ended = code == 0;
	return code;
}

static int abort_take(struct receiver *receiver, const struct copy_span *untrusted_text)
{
	char printable[COPY_TEXT_MAX];

	text_escape(printable, sizeof(printable), (const char *)untrusted_text->bytes,
		untrusted_text->length);
	receiver->peer_failed = true;
	return error_set(
		receiver->error, UV_ECANCELED, "%s: %s", receiver->options->peer, printable);
}

/* ---- the records ---- */

static int record_take(struct receiver *receiver, const struct copy_record *record)
{
	switch (record->type) {
	case COPY_BEGIN:
		return begin(receiver, record);
	case COPY_ITEM:
		return item_add(receiver, record);
	case COPY_FOLDER:
		return folder_begin(receiver, record);
	case COPY_FOLDER_END:
		return folder_end(receiver);
	case COPY_FILE:
		return file_begin(receiver, record);
	case COPY_DATA:
		return file_data(receiver, &record->body);
	case COPY_HOLE:
		return file_hole(receiver, record->size);
	case COPY_FILE_END:
		return file_end(receiver);
	case COPY_LINK:
		return link_make(receiver, record);
	case COPY_SKIPPED:
		receiver->counts.skipped++;
		return 0;
	default:
		return end(receiver);
	}
}

static int counts_tell(struct receiver *receiver)
{
	const struct copy_record record = {.type = COPY_COUNTS, .done = receiver->counts};
	uint64_t now = uv_hrtime();

	if (now - receiver->told < COUNTS_INTERVAL_NS)
		return 0;
	receiver->told = now;
	if (receiver->options->on_counts)
		receiver->options->on_counts(receiver->options->data, &receiver->counts);
	if (!receiver->options->tell_counts)
		return 0;
	int code = copy_pipe_put(&receiver->pipe, &record);
	if (code == 0)
		code = copy_pipe_flush(&receiver->pipe);
	/* A sender that is gone may have said why before. */
	return code == UV_EPIPE ? 0 : code;
}

static int all_receive(struct receiver *receiver)
{
	while (!receiver->ended) {
		struct copy_record untrusted_record;
		int code = copy_pipe_next(&receiver->pipe, &untrusted_record);
		if (code < 0)
			return code;
		if (untrusted_record.type == COPY_ABORT)
			return abort_take(receiver, &untrusted_record.body);
		const char *problem = copy_rules_feed(&receiver->rules, &untrusted_record);
		if (problem)
			return sender_fail(receiver, problem);
		code = record_take(receiver, &untrusted_record);
		if (code == 0)
			code = counts_tell(receiver);
		if (code < 0)
			return code;
	}
	return 0;
}

/* DONE, or why not. That it cannot be told changes nothing here. */
static void result_tell(struct receiver *receiver)
{
	const char *text = receiver->error->text;
	struct copy_record record = {.type = COPY_DONE, .done = receiver->counts};

	if (!receiver->ended)
		record = (struct copy_record){.type = COPY_ERROR,
			.body = {.bytes = (const uint8_t *)text,
				.length = strnlen(text, COPY_TEXT_MAX)}};
	if (copy_pipe_put(&receiver->pipe, &record) == 0)
		copy_pipe_flush(&receiver->pipe);
}

static int failure_name(struct receiver *receiver, int code)
{
	if (receiver->error->code != 0)
		return code;
	if (code == UV_EOF || code == UV_EPIPE)
		return error_set(receiver->error, UV_EOF, "%s: ended before the copy was complete",
			receiver->options->peer);
	if (code == UV_EPROTO)
		return sender_fail(receiver, "broke the copy protocol");
	return error_set(receiver->error, code, "%s", uv_strerror(code));
}

static void receiver_finish(struct receiver *receiver)
{
	if (receiver->file.fd >= 0)
		close(receiver->file.fd);
	for (uint32_t i = 0; i < COPY_DEPTH_MAX; i++)
		if (receiver->levels[i].fd >= 0)
			close(receiver->levels[i].fd);
	for (uint32_t i = 0; i < receiver->items_count; i++)
		free(receiver->items[i].name);
	free(receiver->items);
	copy_pipe_finish(&receiver->pipe);
}

int copy_receive(
	const struct copy_receive_options *options, struct copy_counts *ret, struct error *error)
{
	_cleanup_free_ struct receiver *receiver = calloc(1, sizeof(*receiver));

	*error = (struct error){0};
	if (!receiver)
		return error_set(error, UV_ENOMEM, "out of memory");
	receiver->options = options;
	receiver->error = error;
	receiver->told = uv_hrtime();
	receiver->mask = mask_get();
	receiver->file.fd = -1;
	for (uint32_t i = 0; i < COPY_DEPTH_MAX; i++)
		receiver->levels[i].fd = -1;
	copy_rules_init(&receiver->rules);
	copy_pipe_init(&receiver->pipe, options->in_fd, options->out_fd);
	int code = all_receive(receiver);
	if (code < 0)
		code = failure_name(receiver, code);
	if (!receiver->peer_failed)
		result_tell(receiver);
	*ret = receiver->counts;
	receiver_finish(receiver);
	return code;
}
