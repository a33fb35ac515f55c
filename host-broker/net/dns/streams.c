#include "host-broker/net/dns/streams.h"

#include <stdlib.h>

#include "host-broker/net/dns/resolvers.h"
#include "proto/io/closer.h"

#define BYTES_MAX 16384 /* on the way, in each direction */

struct streams {
	uv_tcp_t tcp;
	struct resolvers *resolvers;
	unsigned int count;
};

/* What comes here goes to other; it reads no further before that has taken it. */
struct side {
	uv_tcp_t tcp;
	struct stream *stream;
	struct side *other;
	uv_write_t write;
	char bytes[BYTES_MAX];
};

struct stream {
	struct streams *streams;
	struct side guest, resolver;
	uv_connect_t connect;
	uv_timer_t timer;
	struct closer closer;
	bool ending;
};

static void on_guest(uv_stream_t *listening, int status);

static void stream_free(void *data)
{
	struct stream *stream = data;
	struct streams *streams = stream->streams;

	free(stream);
	/* Who waited meanwhile. */
	if (streams->count-- == STREAMS_MAX)
		on_guest((uv_stream_t *)&streams->tcp, 0);
}

static void stream_end(struct stream *stream)
{
	if (stream->ending)
		return;
	stream->ending = true;
	closer_close(&stream->closer, (uv_handle_t *)&stream->guest.tcp);
	closer_close(&stream->closer, (uv_handle_t *)&stream->resolver.tcp);
	closer_close(&stream->closer, (uv_handle_t *)&stream->timer);
	closer_finish(&stream->closer);
}

static void on_time(uv_timer_t *timer)
{
	stream_end(timer->data);
}

static void on_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
	struct side *side = handle->data;

	(void)suggested;
	*ret = uv_buf_init(side->bytes, sizeof(side->bytes));
}

static void on_read(uv_stream_t *tcp, ssize_t length, const uv_buf_t *untrusted);

/* The callbacks of handles that are being closed come after the end. */
static void on_written(uv_write_t *write, int status)
{
	struct side *side = write->data;

	if (side->stream->ending)
		return;
	if (status < 0)
		stream_end(side->stream);
	else
		uv_read_start((uv_stream_t *)&side->tcp, on_buffer, on_read);
}

static void on_read(uv_stream_t *tcp, ssize_t length, const uv_buf_t *untrusted)
{
	struct side *side = tcp->data;
	const uv_buf_t bytes = uv_buf_init(untrusted->base, length < 0 ? 0 : (unsigned int)length);

	if (length == 0)
		return;
	uv_read_stop(tcp);
	side->write.data = side;
	if (length < 0 || uv_write(&side->write, (uv_stream_t *)&side->other->tcp, &bytes, 1,
				  on_written) < 0) {
		stream_end(side->stream);
		return;
	}
	uv_timer_start(&side->stream->timer, on_time, STREAM_IDLE_MS, 0);
}

static void on_connected(uv_connect_t *connect, int status)
{
	struct stream *stream = connect->data;

	if (stream->ending)
		return;
	if (status < 0 ||
		uv_read_start((uv_stream_t *)&stream->guest.tcp, on_buffer, on_read) < 0 ||
		uv_read_start((uv_stream_t *)&stream->resolver.tcp, on_buffer, on_read) < 0)
		stream_end(stream);
}

static void side_init(struct side *side, struct side *other, struct stream *stream)
{
	uv_tcp_init(stream->streams->tcp.loop, &side->tcp);
	closer_add(&stream->closer);
	side->tcp.data = side;
	side->other = other;
	side->stream = stream;
}

static struct stream *stream_make(struct streams *streams)
{
	struct stream *stream = calloc(1, sizeof(*stream));

	if (!stream)
		return NULL;
	stream->streams = streams;
	closer_init(&stream->closer, stream_free, stream);
	side_init(&stream->guest, &stream->resolver, stream);
	side_init(&stream->resolver, &stream->guest, stream);
	uv_timer_init(streams->tcp.loop, &stream->timer);
	closer_add(&stream->closer);
	stream->timer.data = stream->connect.data = stream;
	streams->count++;
	return stream;
}

static void on_guest(uv_stream_t *listening, int status)
{
	struct streams *streams = listening->data;

	if (status < 0 || streams->count == STREAMS_MAX)
		return;
	struct stream *stream = stream_make(streams);
	if (!stream)
		return;
	uv_timer_start(&stream->timer, on_time, STREAM_IDLE_MS, 0);
	resolvers_refresh(streams->resolvers, uv_now(listening->loop));
	if (uv_accept(listening, (uv_stream_t *)&stream->guest.tcp) < 0 ||
		uv_tcp_connect(&stream->connect, &stream->resolver.tcp,
			(const struct sockaddr *)&streams->resolvers->list[0], on_connected) < 0)
		stream_end(stream);
}

int streams_create(uv_loop_t *loop, int fd, struct resolvers *resolvers, struct streams **ret)
{
	struct streams *streams = calloc(1, sizeof(*streams));

	if (!streams)
		return UV_ENOMEM;
	streams->resolvers = resolvers;
	int code = uv_tcp_init(loop, &streams->tcp);
	streams->tcp.data = streams;
	if (code == 0)
		code = uv_tcp_open(&streams->tcp, fd);
	if (code == 0)
		code = uv_listen((uv_stream_t *)&streams->tcp, STREAMS_MAX, on_guest);
	*ret = streams;
	return code;
}
