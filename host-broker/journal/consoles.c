#include "host-broker/journal/consoles.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host-broker/vm/vm.h"
#include "proto/base/bytes.h"
#include "proto/base/fd.h"
#include "proto/io/closer.h"

#define TYPED_SIZE 1024

struct reader {
	TAILQ_ENTRY(reader) link; /* in consoles.readers */
	struct consoles *consoles;
	struct vm *vm;
	int fd;
	bool types;
	bool ending;
	uid_t uid;
	bool owner;
	struct bytes queue;
	size_t left_out; /* bytes since the queue was full */
	struct closer closer;
	uv_poll_t poll;
};

struct consoles {
	uv_loop_t *loop;
	struct vm_watcher watcher;
	TAILQ_HEAD(, reader) readers;
	unsigned int count;
};

static void reader_free(void *data)
{
	struct reader *reader = data;

	close(reader->fd);
	bytes_finish(&reader->queue);
	free(reader);
}

static void reader_end(struct reader *reader)
{
	TAILQ_REMOVE(&reader->consoles->readers, reader, link);
	reader->consoles->count--;
	closer_close(&reader->closer, (uv_handle_t *)&reader->poll);
	closer_finish(&reader->closer);
}

/* ---- what the guest prints ---- */

static void on_ready(uv_poll_t *poll, int status, int events);

static void reader_update(struct reader *reader)
{
	int events = UV_READABLE | (bytes_length(&reader->queue) > 0 ? UV_WRITABLE : 0);

	uv_poll_start(&reader->poll, events, on_ready);
}

/* A word of ours in the stream. CAN ends a sequence that may have been cut. */
static int notice_add(struct reader *reader, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int notice_add(struct reader *reader, const char *format, ...)
{
	char words[96], text[sizeof(words) + 32];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(words, sizeof(words), format, arguments);
	va_end(arguments);
	int length = snprintf(text, sizeof(text), "\x18\r\n[vmsilo: %s]\r\n", words);
	return bytes_append(&reader->queue, text, (size_t)length);
}

static void left_out_tell(struct reader *reader)
{
	if (notice_add(reader, "%zu bytes of console output skipped", reader->left_out) == 0)
		reader->left_out = 0;
}

static void reader_add(struct reader *reader, const char *bytes, size_t length)
{
	if (reader->left_out > 0 && bytes_length(&reader->queue) == 0)
		left_out_tell(reader);
	if (reader->left_out > 0 || bytes_length(&reader->queue) + length > CONSOLE_READER_QUEUE ||
		bytes_append(&reader->queue, bytes, length) < 0)
		reader->left_out += length;
}

/* False when nobody reads any more. */
static bool reader_flush(struct reader *reader)
{
	size_t length = bytes_length(&reader->queue);
	ssize_t count =
		length > 0 ? fd_write_some(reader->fd, bytes_data(&reader->queue), length) : 0;

	if (count < 0)
		return false;
	bytes_consume(&reader->queue, (size_t)count);
	if (bytes_length(&reader->queue) == 0 && reader->left_out > 0)
		left_out_tell(reader);
	return bytes_length(&reader->queue) > 0 || !reader->ending;
}

static void reader_go_on(struct reader *reader)
{
	if (reader_flush(reader))
		reader_update(reader);
	else
		reader_end(reader);
}

/* ---- what is typed ---- */

/* False when the reader has gone. One that may not type sends nothing, or has its bytes dropped. */
static bool reader_take(struct reader *reader)
{
	char typed[TYPED_SIZE];
	ssize_t count = recv(reader->fd, typed, sizeof(typed), 0);

	if (count < 0)
		return errno == EAGAIN || errno == EINTR;
	if (count > 0 && reader->types && !reader->ending)
		vm_console_send(reader->vm, typed, (size_t)count);
	return count > 0;
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
	struct reader *reader = poll->data;

	if (status < 0 || ((events & UV_READABLE) && !reader_take(reader)))
		reader_end(reader);
	else
		reader_go_on(reader);
}

/* ---- attaching ---- */

static struct reader *typist_of(const struct consoles *consoles, const struct vm *vm)
{
	struct reader *reader;

	TAILQ_FOREACH (reader, &consoles->readers, link)
		if (reader->vm == vm && reader->types)
			return reader;
	return NULL;
}

static bool may_type(struct consoles *consoles, struct vm *vm, const struct console_attach *options)
{
	struct reader *typist = typist_of(consoles, vm);

	if (options->watch || (typist && !options->take))
		return false;
	if (!typist)
		return true;
	typist->types = false;
	if (notice_add(typist, "another session has the keyboard now; you only watch") == 0)
		reader_update(typist);
	return true;
}

static int replay_add(struct reader *reader)
{
	const struct console_ring *ring = vm_console_ring(reader->vm);

	if (bytes_reserve(&reader->queue, ring->length) < 0)
		return UV_ENOMEM;
	console_ring_copy(ring, (char *)bytes_tail(&reader->queue));
	bytes_add(&reader->queue, ring->length);
	return 0;
}

/* Takes fd. */
static int reader_create(struct consoles *consoles, struct vm *vm, int fd, struct reader **ret)
{
	struct reader *reader = calloc(1, sizeof(*reader));

	if (!reader) {
		close(fd);
		return UV_ENOMEM;
	}
	*reader =
		(struct reader){.consoles = consoles, .vm = vm, .fd = fd, .ending = vm_is_off(vm)};
	int code = replay_add(reader);
	if (code == 0)
		code = uv_poll_init(consoles->loop, &reader->poll, fd);
	if (code < 0) {
		reader_free(reader);
		return code;
	}
	closer_init(&reader->closer, reader_free, reader);
	closer_add(&reader->closer);
	reader->poll.data = reader;
	TAILQ_INSERT_TAIL(&consoles->readers, reader, link);
	consoles->count++;
	*ret = reader;
	return 0;
}

static bool has_room(const struct consoles *consoles, const struct console_attach *options)
{
	const struct reader *reader;
	size_t shared = 0, own = 0;

	TAILQ_FOREACH (reader, &consoles->readers, link) {
		shared += !reader->owner;
		own += !reader->owner && reader->uid == options->uid;
	}
	return consoles->count < CONSOLE_READERS_MAX &&
	       (options->owner ||
		       (shared < CONSOLE_READERS_SHARED && own < CONSOLE_READERS_OF_USER));
}

int consoles_attach(struct consoles *consoles, struct vm *vm, const struct console_attach *options,
	struct console_attached *ret)
{
	struct reader *reader;
	int pair[2];

	if (!has_room(consoles, options))
		return UV_ENOBUFS;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	int code = reader_create(consoles, vm, pair[0], &reader);
	if (code < 0) {
		close(pair[1]);
		return code;
	}
	reader->uid = options->uid;
	reader->owner = options->owner;
	reader->types = !reader->ending && may_type(consoles, vm, options);
	*ret = (struct console_attached){
		.fd = pair[1], .replay = bytes_length(&reader->queue), .may_write = reader->types};
	/* Written from the loop: an end that comes from inside would be the caller's surprise. */
	uv_poll_start(&reader->poll, UV_WRITABLE | UV_READABLE, on_ready);
	return 0;
}

/* ---- watching ---- */

static void on_console(void *data, struct vm *vm, const char *untrusted_bytes, size_t length)
{
	struct consoles *consoles = data;
	struct reader *reader, *next;

	for (reader = TAILQ_FIRST(&consoles->readers); reader; reader = next) {
		next = TAILQ_NEXT(reader, link);
		if (reader->vm != vm || reader->ending)
			continue;
		reader_add(reader, untrusted_bytes, length);
		reader_go_on(reader);
	}
}

static void readers_of_do(
	struct consoles *consoles, const struct vm *vm, void (*what)(struct reader *reader))
{
	struct reader *reader, *next;

	for (reader = TAILQ_FIRST(&consoles->readers); reader; reader = next) {
		next = TAILQ_NEXT(reader, link);
		if (reader->vm == vm)
			what(reader);
	}
}

static void reader_begin_end(struct reader *reader)
{
	reader->ending = true;
	reader_go_on(reader);
}

static void on_state(void *data, struct vm *vm, enum vm_state from)
{
	(void)from;
	if (vm_is_off(vm))
		readers_of_do(data, vm, reader_begin_end);
}

static void on_removed(void *data, struct vm *vm)
{
	readers_of_do(data, vm, reader_end);
}

int consoles_create(uv_loop_t *loop, struct vm_watchers *watchers, struct consoles **ret)
{
	struct consoles *consoles = calloc(1, sizeof(*consoles));

	if (!consoles)
		return UV_ENOMEM;
	*consoles = (struct consoles){
		.loop = loop,
		.watcher = {.on_end = on_removed,
			.on_state = on_state,
			.on_removed = on_removed,
			.on_console = on_console,
			.data = consoles},
	};
	TAILQ_INIT(&consoles->readers);
	*ret = consoles;
	return vm_watchers_add(watchers, &consoles->watcher);
}

void consoles_destroy(struct consoles *consoles)
{
	free(consoles);
}
