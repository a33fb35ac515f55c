#include "tray/windows/guest/clipboard/give.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tray/windows/guest/policy/clip-kind.h"
#include "tray/windows/guest/shell/server.h"
#include "tray/windows/guest/shell/wlroots.h"

/* The bytes, of the source and of each program that is reading them. */
struct clip_bytes {
	unsigned int users;
	unsigned int readers;
	size_t length;
	uint8_t *bytes;
};

struct clip_source {
	struct wlr_data_source base;
	struct server *server;
	struct clip_bytes *bytes;
};

/* One program that reads. */
struct clip_reader {
	struct clip_bytes *bytes;
	size_t sent;
	int fd;
	unsigned int handles; /* that are not closed yet */
	uv_poll_t poll;
	uv_timer_t timer;
};

static void bytes_leave(struct clip_bytes *bytes)
{
	if (--bytes->users > 0)
		return;
	free(bytes->bytes);
	free(bytes);
}

/* ---- a reader ---- */

static void on_reader_closed(uv_handle_t *handle)
{
	struct clip_reader *reader = handle->data;

	if (--reader->handles > 0)
		return;
	close(reader->fd);
	reader->bytes->readers--;
	bytes_leave(reader->bytes);
	free(reader);
}

static void reader_end(struct clip_reader *reader)
{
	if (uv_is_closing((uv_handle_t *)&reader->timer))
		return;
	uv_close((uv_handle_t *)&reader->poll, on_reader_closed);
	uv_close((uv_handle_t *)&reader->timer, on_reader_closed);
}

static void on_slow(uv_timer_t *timer)
{
	reader_end(timer->data);
}

static void on_writable(uv_poll_t *poll, int status, int events)
{
	struct clip_reader *reader = poll->data;
	const struct clip_bytes *bytes = reader->bytes;

	(void)events;
	ssize_t count = status < 0 ? -1
				   : write(reader->fd, bytes->bytes + reader->sent,
					     bytes->length - reader->sent);
	if (count < 0 && status == 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (count > 0)
		reader->sent += (size_t)count;
	if (count <= 0 || reader->sent == bytes->length)
		reader_end(reader);
}

static void reader_start(struct clip_source *source, int fd)
{
	struct clip_reader *reader = NULL;

	/* A descriptor that cannot be waited for, as a file's, gets nothing: none of a program that
	 * pastes is one. */
	if (source->bytes->readers < CLIP_READERS_MAX)
		reader = calloc(1, sizeof(*reader));
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	if (!reader || uv_poll_init(source->server->loop, &reader->poll, fd) < 0) {
		free(reader);
		close(fd);
		return;
	}
	reader->bytes = source->bytes;
	reader->bytes->users++;
	reader->bytes->readers++;
	reader->fd = fd;
	reader->handles = 2;
	uv_timer_init(source->server->loop, &reader->timer);
	reader->timer.data = reader->poll.data = reader;
	uv_timer_start(&reader->timer, on_slow, CLIP_GIVE_MS, 0);
	uv_poll_start(&reader->poll, UV_WRITABLE, on_writable);
}

/* ---- the source ---- */

static void on_send(struct wlr_data_source *base, const char *type, int32_t fd)
{
	struct clip_source *source = wl_container_of(base, source, base);

	(void)type;
	reader_start(source, fd);
}

static void on_destroy(struct wlr_data_source *base)
{
	struct clip_source *source = wl_container_of(base, source, base);

	bytes_leave(source->bytes);
	free(source);
}

static const struct wlr_data_source_impl source_impl = {.send = on_send, .destroy = on_destroy};

static bool type_add(struct clip_source *source, const char *type)
{
	char *copy = strdup(type);
	char **at = copy ? wl_array_add(&source->base.mime_types, sizeof(*at)) : NULL;

	if (!at) {
		free(copy);
		return false;
	}
	*at = copy;
	return true;
}

static void types_add(struct clip_source *source, Vmsilo__Windows__ClipboardKind kind)
{
	if (kind == VMSILO__WINDOWS__CLIPBOARD_KIND__CLIPBOARD_PNG) {
		type_add(source, CLIP_PNG_TYPE);
		return;
	}
	for (const char *const *type = clip_text_types; *type; type++)
		if (!type_add(source, *type))
			return;
}

static struct clip_source *source_create(struct server *server, uint8_t *bytes, size_t length)
{
	struct clip_source *source = calloc(1, sizeof(*source));
	struct clip_bytes *shared = calloc(1, sizeof(*shared));

	if (!source || !shared) {
		free(source);
		free(shared);
		return NULL;
	}
	*shared = (struct clip_bytes){.users = 1, .length = length, .bytes = bytes};
	source->server = server;
	source->bytes = shared;
	wlr_data_source_init(&source->base, &source_impl);
	return source;
}

void clip_give(
	struct server *server, Vmsilo__Windows__ClipboardKind kind, uint8_t *bytes, size_t length)
{
	uint32_t serial = wl_display_next_serial(server->display);
	struct clip_source *source = NULL;

	if (kind != VMSILO__WINDOWS__CLIPBOARD_KIND__CLIPBOARD_NOTHING && length > 0)
		source = source_create(server, bytes, length);
	if (!source) {
		free(bytes);
		wlr_seat_set_selection(server->seat, NULL, serial);
		return;
	}
	types_add(source, kind);
	wlr_seat_set_selection(server->seat, &source->base, serial);
}
