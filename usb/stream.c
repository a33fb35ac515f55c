#include "usb/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "proto/io/closer.h"
#include "usb/server.h"

#define READ_SIZE (256 * 1024) /* bytes: several requests of a disk at once */
#define READS_PER_TURN 4       /* then the device has its turn */
#define IOV_MAX_PARTS 96       /* of one sendmsg(2) */

struct stream {
	int fd;
	struct server *server;
	void (*on_end)(void *data, int reason);
	void *data;
	uint8_t *bytes;
	size_t length; /* of what was read there */
	size_t at;     /* how far the server took it; it goes on in a later turn */
	int events;    /* that the poll waits for; 0: none yet */
	bool kicked;   /* to be flushed before the loop sleeps */
	bool blocked;  /* the socket took less than there was */
	bool ended;
	struct closer closer;
	uv_poll_t poll;
	uv_prepare_t prepare;
	uv_check_t turn_end;
	uv_idle_t again; /* runs when a turn ended before what was read did */
};

static void on_poll(uv_poll_t *poll, int status, int events);
static void on_again(uv_idle_t *again);

/* What was read is taken before anything else is read. */
static void input_update(struct stream *stream, int *events)
{
	if (!server_wants_input(stream->server))
		return;
	if (stream->at < stream->length)
		uv_idle_start(&stream->again, on_again);
	else
		*events |= UV_READABLE;
}

static void stream_update(struct stream *stream)
{
	int events = UV_DISCONNECT;

	if (stream->ended)
		return;
	input_update(stream, &events);
	if (stream->blocked)
		events |= UV_WRITABLE;
	/* libuv forgets the descriptor and adds it anew each time it is told. */
	if (events == stream->events)
		return;
	stream->events = events;
	uv_poll_start(&stream->poll, events, on_poll);
}

static void stream_end(struct stream *stream, int reason)
{
	if (stream->ended)
		return;
	stream->ended = true;
	uv_poll_stop(&stream->poll);
	uv_prepare_stop(&stream->prepare);
	uv_check_stop(&stream->turn_end);
	uv_idle_stop(&stream->again);
	stream->on_end(stream->data, reason);
}

static void stream_flush(struct stream *stream)
{
	struct iovec iov[IOV_MAX_PARTS];
	struct msghdr message = {.msg_iov = iov};

	stream->blocked = false;
	while (!stream->ended) {
		size_t wanted = 0;
		message.msg_iovlen = server_output(stream->server, iov, IOV_MAX_PARTS);
		if (message.msg_iovlen == 0)
			break;
		for (size_t i = 0; i < message.msg_iovlen; i++)
			wanted += iov[i].iov_len;
		ssize_t sent = sendmsg(stream->fd, &message, MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0 && errno != EAGAIN) {
			stream_end(stream, -errno);
			return;
		}
		if (sent > 0)
			server_sent(stream->server, (size_t)sent);
		if (sent < 0 || (size_t)sent < wanted) {
			stream->blocked = true;
			break;
		}
	}
	stream_update(stream);
}

/* False when nothing is there, or the stream is over. */
static bool bytes_read(struct stream *stream)
{
	ssize_t count = recv(stream->fd, stream->bytes, READ_SIZE, 0);

	if (count < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (count <= 0) {
		stream_end(stream, count < 0 ? -errno : 0);
		return false;
	}
	stream->length = (size_t)count;
	stream->at = 0;
	return true;
}

/* False when no more is to be taken now. */
static bool bytes_take(struct stream *stream)
{
	ssize_t taken = server_receive(
		stream->server, stream->bytes + stream->at, stream->length - stream->at);

	if (taken < 0) {
		stream_end(stream, (int)taken);
		return false;
	}
	stream->at += (size_t)taken;
	/* A read that did not fill the buffer emptied the socket. */
	return stream->at == READ_SIZE;
}

static void stream_read(struct stream *stream)
{
	for (int i = 0; i < READS_PER_TURN; i++) {
		if (server_turn_over(stream->server) || !server_wants_input(stream->server))
			break;
		if (stream->at == stream->length && !bytes_read(stream))
			break;
		if (!bytes_take(stream))
			break;
	}
	stream_update(stream);
}

static void on_again(uv_idle_t *again)
{
	uv_idle_stop(again);
	stream_read(again->data);
}

static void on_turn_end(uv_check_t *turn_end)
{
	server_turn(((struct stream *)turn_end->data)->server);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct stream *stream = poll->data;

	if (status < 0) {
		stream_end(stream, status);
		return;
	}
	if (events & UV_WRITABLE)
		stream_flush(stream);
	if (stream->ended)
		return;
	if (events & UV_READABLE)
		stream_read(stream);
	else if (events & UV_DISCONNECT)
		stream_end(stream, 0);
}

static void on_prepare(uv_prepare_t *prepare)
{
	struct stream *stream = prepare->data;

	if (!stream->kicked)
		return;
	stream->kicked = false;
	if (!stream->blocked)
		stream_flush(stream);
}

void stream_kick(struct stream *stream)
{
	stream->kicked = true;
}

static void stream_free(void *data)
{
	struct stream *stream = data;

	free(stream->bytes);
	free(stream);
}

int stream_create(uv_loop_t *loop, int fd, struct server *server,
	void (*on_end)(void *data, int reason), void *data, struct stream **ret)
{
	struct stream *stream = calloc(1, sizeof(*stream));

	if (!stream || !(stream->bytes = malloc(READ_SIZE))) {
		free(stream);
		return UV_ENOMEM;
	}
	stream->fd = fd;
	stream->server = server;
	stream->on_end = on_end;
	stream->data = data;
	int code = uv_poll_init(loop, &stream->poll, fd);
	if (code < 0) {
		stream_free(stream);
		return code;
	}
	uv_prepare_init(loop, &stream->prepare);
	stream->poll.data = stream;
	uv_check_init(loop, &stream->turn_end);
	uv_idle_init(loop, &stream->again);
	stream->prepare.data = stream;
	stream->turn_end.data = stream;
	stream->again.data = stream;
	closer_init(&stream->closer, stream_free, stream);
	for (int handles = 0; handles < 4; handles++)
		closer_add(&stream->closer);
	uv_prepare_start(&stream->prepare, on_prepare);
	uv_check_start(&stream->turn_end, on_turn_end);
	stream_update(stream);
	*ret = stream;
	return 0;
}

void stream_destroy(struct stream *stream)
{
	stream->ended = true;
	closer_close(&stream->closer, (uv_handle_t *)&stream->poll);
	closer_close(&stream->closer, (uv_handle_t *)&stream->prepare);
	closer_close(&stream->closer, (uv_handle_t *)&stream->turn_end);
	closer_close(&stream->closer, (uv_handle_t *)&stream->again);
	closer_finish(&stream->closer);
}
