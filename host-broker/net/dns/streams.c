#include "host-broker/net/dns/streams.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include "host-broker/net/dns/resolvers.h"
#include "host-broker/net/dns/seen.h"
#include "host-broker/net/dns/way.h"
#include "proto/io/closer.h"

#define ASKED_MAX 4096 /* on the way */
#define PREFIX 2       /* the length before each message (RFC 1035, 4.2.2) */
#define MESSAGE_MAX 65535

struct streams {
	uv_tcp_t tcp;
	struct resolvers *resolvers;
	struct way6 *way6;
	int seen_fd;
	LIST_HEAD(, stream) all;
	unsigned int count;
};

struct stream {
	LIST_ENTRY(stream) link; /* in streams.all, until it ends */
	struct streams *streams;
	struct net_address client;
	uv_tcp_t guest, resolver;
	uv_connect_t connect;
	uv_write_t asks, answers;
	uv_timer_t idle, taken;
	struct closer closer;
	bool ending;
	uint64_t number; /* of the answer that waits for its rules; 0: none */
	size_t have;     /* of the answer */
	uint8_t answer[PREFIX + MESSAGE_MAX];
	char asked[ASKED_MAX];
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
	LIST_REMOVE(stream, link);
	closer_close(&stream->closer, (uv_handle_t *)&stream->guest);
	closer_close(&stream->closer, (uv_handle_t *)&stream->resolver);
	closer_close(&stream->closer, (uv_handle_t *)&stream->idle);
	closer_close(&stream->closer, (uv_handle_t *)&stream->taken);
	closer_finish(&stream->closer);
}

static void on_idle(uv_timer_t *timer)
{
	stream_end(timer->data);
}

static void stream_used(struct stream *stream)
{
	uv_timer_start(&stream->idle, on_idle, STREAM_IDLE_MS, 0);
}

/* ---- questions, as they are ---- */

static void on_asked_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
	struct stream *stream = handle->data;

	(void)suggested;
	*ret = uv_buf_init(stream->asked, sizeof(stream->asked));
}

static void on_asked(uv_stream_t *tcp, ssize_t length, const uv_buf_t *untrusted);

/* The callbacks of handles that are being closed come after the end. */
static void on_passed(uv_write_t *write, int status)
{
	struct stream *stream = write->data;

	if (stream->ending)
		return;
	if (status < 0)
		stream_end(stream);
	else
		uv_read_start((uv_stream_t *)&stream->guest, on_asked_buffer, on_asked);
}

/* It reads no further before the resolver has taken it. */
static void on_asked(uv_stream_t *tcp, ssize_t length, const uv_buf_t *untrusted)
{
	struct stream *stream = tcp->data;
	const uv_buf_t bytes = uv_buf_init(untrusted->base, length < 0 ? 0 : (unsigned int)length);

	if (length == 0)
		return;
	uv_read_stop(tcp);
	if (length < 0 ||
		uv_write(&stream->asks, (uv_stream_t *)&stream->resolver, &bytes, 1, on_passed) < 0)
		stream_end(stream);
	else
		stream_used(stream);
}

/* ---- answers, one by one ---- */

static size_t message_length(const struct stream *stream)
{
	return (size_t)stream->answer[0] << 8 | stream->answer[1];
}

static size_t wanted(const struct stream *stream)
{
	return stream->have < PREFIX ? PREFIX : PREFIX + message_length(stream);
}

static void on_answer_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
	struct stream *stream = handle->data;

	(void)suggested;
	*ret = uv_buf_init((char *)stream->answer + stream->have,
		(unsigned int)(wanted(stream) - stream->have));
}

static void on_answer(uv_stream_t *tcp, ssize_t length, const uv_buf_t *untrusted);

static void on_answered(uv_write_t *write, int status)
{
	struct stream *stream = write->data;

	if (stream->ending)
		return;
	stream->have = 0;
	if (status < 0)
		stream_end(stream);
	else
		uv_read_start((uv_stream_t *)&stream->resolver, on_answer_buffer, on_answer);
}

static void answer_send(struct stream *stream)
{
	const uv_buf_t bytes = uv_buf_init(
		(char *)stream->answer, (unsigned int)(PREFIX + message_length(stream)));

	stream->number = 0;
	uv_timer_stop(&stream->taken);
	if (uv_write(&stream->answers, (uv_stream_t *)&stream->guest, &bytes, 1, on_answered) < 0)
		stream_end(stream);
}

static void on_taken_time(uv_timer_t *timer)
{
	answer_send(timer->data);
}

/* False: there is nothing to tell, or nobody to tell it. */
static bool answer_tell(struct stream *stream)
{
	struct dns_seen seen = {.client = stream->client, .number = uv_hrtime()};

	if (!dns_answer_parse(stream->answer + PREFIX, message_length(stream), &seen.answer) ||
		send(stream->streams->seen_fd, &seen, sizeof(seen), MSG_NOSIGNAL | MSG_DONTWAIT) <
			0)
		return false;
	stream->number = seen.number;
	uv_timer_start(&stream->taken, on_taken_time, STREAM_TAKEN_MS, 0);
	return true;
}

static void answer_take(struct stream *stream)
{
	size_t length = message_length(stream);

	if (!way6_is_there(stream->streams->way6, uv_now(stream->guest.loop)))
		length = dns_answer_strip6(stream->answer + PREFIX, length);
	stream->answer[0] = (uint8_t)(length >> 8);
	stream->answer[1] = (uint8_t)length;
	if (!answer_tell(stream))
		answer_send(stream);
}

static void on_answer(uv_stream_t *tcp, ssize_t length, const uv_buf_t *untrusted)
{
	struct stream *stream = tcp->data;

	(void)untrusted;
	if (length == 0)
		return;
	if (length < 0) {
		stream_end(stream);
		return;
	}
	stream_used(stream);
	stream->have += (size_t)length;
	if (stream->have < PREFIX || stream->have < wanted(stream))
		return;
	uv_read_stop(tcp);
	answer_take(stream);
}

bool streams_taken(struct streams *streams, uint64_t number)
{
	struct stream *stream;

	LIST_FOREACH (stream, &streams->all, link) {
		if (stream->number != number)
			continue;
		answer_send(stream);
		return true;
	}
	return false;
}

/* ---- the begin ---- */

static void on_connected(uv_connect_t *connect, int status)
{
	struct stream *stream = connect->data;

	if (stream->ending)
		return;
	if (status < 0 ||
		uv_read_start((uv_stream_t *)&stream->guest, on_asked_buffer, on_asked) < 0 ||
		uv_read_start((uv_stream_t *)&stream->resolver, on_answer_buffer, on_answer) < 0)
		stream_end(stream);
}

static struct stream *stream_make(struct streams *streams)
{
	struct stream *stream = calloc(1, sizeof(*stream));
	uv_loop_t *loop = streams->tcp.loop;

	if (!stream)
		return NULL;
	stream->streams = streams;
	closer_init(&stream->closer, stream_free, stream);
	uv_tcp_init(loop, &stream->guest);
	uv_tcp_init(loop, &stream->resolver);
	uv_timer_init(loop, &stream->idle);
	uv_timer_init(loop, &stream->taken);
	for (int i = 0; i < 4; i++)
		closer_add(&stream->closer);
	stream->guest.data = stream->resolver.data = stream->idle.data = stream->taken.data =
		stream->connect.data = stream->asks.data = stream->answers.data = stream;
	LIST_INSERT_HEAD(&streams->all, stream, link);
	streams->count++;
	return stream;
}

static bool client_get(struct stream *stream)
{
	struct sockaddr_storage from;
	int length = sizeof(from);

	if (uv_tcp_getpeername(&stream->guest, (struct sockaddr *)&from, &length) < 0)
		return false;
	stream->client.family = (uint8_t)from.ss_family;
	if (from.ss_family == AF_INET)
		memcpy(stream->client.bytes, &((const struct sockaddr_in *)&from)->sin_addr, 4);
	else
		memcpy(stream->client.bytes, &((const struct sockaddr_in6 *)&from)->sin6_addr, 16);
	return true;
}

static bool is_one_too_many(const struct stream *stream)
{
	const struct stream *other;
	unsigned int own = 0;

	LIST_FOREACH (other, &stream->streams->all, link)
		own += net_address_equal(&other->client, &stream->client);
	return own > STREAMS_OF_ONE_MAX;
}

/* Who asks has asked by UDP before, and been told to come back so. */
static int resolver_connect(struct stream *stream)
{
	struct resolvers *resolvers = stream->streams->resolvers;

	resolvers_refresh(resolvers, uv_now(stream->guest.loop));
	return uv_tcp_connect(&stream->connect, &stream->resolver,
		(const struct sockaddr *)&resolvers->list[resolvers->good % resolvers->count],
		on_connected);
}

static void on_guest(uv_stream_t *listening, int status)
{
	struct streams *streams = listening->data;

	if (status < 0 || streams->count == STREAMS_MAX)
		return;
	struct stream *stream = stream_make(streams);
	if (!stream)
		return;
	stream_used(stream);
	if (uv_accept(listening, (uv_stream_t *)&stream->guest) < 0 || !client_get(stream) ||
		is_one_too_many(stream) || resolver_connect(stream) < 0)
		stream_end(stream);
}

int streams_create(uv_loop_t *loop, int fd, struct resolvers *resolvers, struct way6 *way6,
	int seen_fd, struct streams **ret)
{
	struct streams *streams = calloc(1, sizeof(*streams));

	if (!streams)
		return UV_ENOMEM;
	streams->resolvers = resolvers;
	streams->way6 = way6;
	streams->seen_fd = seen_fd;
	LIST_INIT(&streams->all);
	int code = uv_tcp_init(loop, &streams->tcp);
	streams->tcp.data = streams;
	if (code == 0)
		code = uv_tcp_open(&streams->tcp, fd);
	if (code == 0)
		code = uv_listen((uv_stream_t *)&streams->tcp, STREAMS_MAX, on_guest);
	*ret = streams;
	return code;
}
