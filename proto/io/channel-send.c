/* What a channel has to send: at once, at the end of the loop's turn, or soon. */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "proto/base/cleanup.h"
#include "proto/io/channel-private.h"
#include "proto/io/socket.h"

#define PACK_STACK_SIZE 1024
#define HOLD_MAX 1024 /* bytes that wait for the end of the loop's turn */

/* Sends what is queued, then header and payload, or as much as goes at once. */
static ssize_t send_some(const struct channel *channel, const void *header, size_t header_length,
	const void *payload, size_t length)
{
	struct iovec iov[3] = {
		{.iov_base = (void *)bytes_data(&channel->out),
			.iov_len = bytes_length(&channel->out)},
		{.iov_base = (void *)header, .iov_len = header_length},
		{.iov_base = (void *)payload, .iov_len = length},
	};
	struct msghdr message = {.msg_iov = iov, .msg_iovlen = 3};
	ssize_t sent;

	do
		sent = sendmsg(channel->fd, &message, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return errno == EAGAIN ? 0 : -errno;
	return sent;
}

/* The error is told to the owner from the loop, not from inside its own call. */
static void send_failed(struct channel *channel, int code)
{
	channel->send_error = code;
	uv_timer_start(&channel->timer, channel_on_timer, 0, 0);
}

static int queue_rest(struct channel *channel, const void *bytes, size_t length, size_t sent)
{
	if (sent >= length)
		return 0;
	return bytes_append(&channel->out, (const uint8_t *)bytes + sent, length - sent);
}

/* Small frames wait for the others of this turn of the loop, so that a conversation's short words
 * share a packet; but not behind a socket that is full already. */
static bool is_held(const struct channel *channel, size_t total)
{
	return !channel->blocked && total <= HOLD_MAX &&
	       bytes_length(&channel->out) + total <= HOLD_MAX;
}

static int frame_queue(struct channel *channel, const uint8_t header[FRAME_HEADER_SIZE],
	const void *payload, uint32_t length, size_t sent)
{
	size_t of_payload = sent > FRAME_HEADER_SIZE ? sent - FRAME_HEADER_SIZE : 0;

	if (bytes_reserve(&channel->out, FRAME_HEADER_SIZE + (size_t)length) < 0 ||
		queue_rest(channel, header, FRAME_HEADER_SIZE, sent) < 0 ||
		queue_rest(channel, payload, length, of_payload) < 0)
		return UV_ENOMEM;
	if (bytes_length(&channel->out) > CHANNEL_HIGH_WATER)
		channel->above_high_water = true;
	return 0;
}

/* Sends the queue and the frame behind it; how much of the frame went is *ret_sent. */
static int frame_send(struct channel *channel, const uint8_t header[FRAME_HEADER_SIZE],
	const void *payload, uint32_t length, size_t *ret_sent)
{
	size_t queued = bytes_length(&channel->out);
	ssize_t sent = send_some(channel, header, FRAME_HEADER_SIZE, payload, length);

	uv_timer_stop(&channel->linger);
	if (sent < 0)
		return (int)sent;
	size_t of_queue = (size_t)sent < queued ? (size_t)sent : queued;
	bytes_consume(&channel->out, of_queue);
	*ret_sent = (size_t)sent - of_queue;
	channel->blocked = *ret_sent < FRAME_HEADER_SIZE + (size_t)length;
	return 0;
}

static void on_linger(uv_timer_t *timer)
{
	channel_flush(timer->data);
}

static void linger(struct channel *channel, uint64_t within_ms)
{
	if (within_ms == 0)
		uv_prepare_start(&channel->prepare, channel_on_prepare);
	else if (!uv_is_active((uv_handle_t *)&channel->linger))
		uv_timer_start(&channel->linger, on_linger, within_ms, 0);
}

static int frame_push(struct channel *channel, uint64_t within_ms, uint16_t type, uint16_t stream,
	const void *payload, uint32_t length)
{
	uint8_t header[FRAME_HEADER_SIZE];
	size_t total = FRAME_HEADER_SIZE + (size_t)length;
	size_t sent = 0;
	int code = 0;

	if (channel->phase != CHANNEL_OPEN || channel->send_error)
		return UV_EPIPE;
	if ((int64_t)length > frame_length_max(type))
		return UV_EMSGSIZE;
	if (bytes_length(&channel->out) + total > CHANNEL_QUEUE_MAX)
		return UV_ENOBUFS;

	frame_encode_header(header, type, stream, length);
	bool held = is_held(channel, total);
	if (!held && !channel->blocked)
		code = frame_send(channel, header, payload, length, &sent);
	if (code == 0 && sent < total)
		code = frame_queue(channel, header, payload, length, sent);
	if (code < 0)
		/* Half a frame may be on its way: the stream cannot go on. */
		send_failed(channel, code);
	else if (held)
		linger(channel, within_ms);
	else
		channel_poll_update(channel);
	return 0;
}

int channel_send_raw(struct channel *channel, uint16_t type, uint16_t stream, const void *payload,
	uint32_t length)
{
	return frame_push(channel, 0, type, stream, payload, length);
}

static int message_push(struct channel *channel, uint64_t within_ms, uint16_t type, uint16_t stream,
	const ProtobufCMessage *message)
{
	size_t length = protobuf_c_message_get_packed_size(message);
	uint8_t small[PACK_STACK_SIZE];
	_cleanup_free_ uint8_t *large = NULL;
	uint8_t *packed = small;

	if ((int64_t)length > frame_length_max(type))
		return UV_EMSGSIZE;
	if (length > sizeof(small)) {
		packed = large = malloc(length);
		if (!large)
			return UV_ENOMEM;
	}
	protobuf_c_message_pack(message, packed);
	return frame_push(channel, within_ms, type, stream, packed, (uint32_t)length);
}

int channel_send(
	struct channel *channel, uint16_t type, uint16_t stream, const ProtobufCMessage *message)
{
	return message_push(channel, 0, type, stream, message);
}

int channel_send_soon(struct channel *channel, uint64_t within_ms, uint16_t type, uint16_t stream,
	const ProtobufCMessage *message)
{
	return message ? message_push(channel, within_ms, type, stream, message)
		       : frame_push(channel, within_ms, type, stream, NULL, 0);
}

void channel_hold(struct channel *channel, uint64_t within_ms)
{
	if (!uv_is_active((uv_handle_t *)&channel->prepare) || channel->behind)
		return;
	uv_prepare_stop(&channel->prepare);
	linger(channel, within_ms);
}

int channel_send_fd(struct channel *channel, uint16_t type, const ProtobufCMessage *message, int fd)
{
	size_t length = protobuf_c_message_get_packed_size(message);
	uint8_t bytes[FRAME_HEADER_SIZE + FRAME_TEXT_MAX];
	struct bytes *out = &channel->out;

	if (channel->phase != CHANNEL_OPEN || channel->send_error)
		return UV_EPIPE;
	if (length > FRAME_TEXT_MAX || channel->blocked)
		return UV_ENOBUFS;
	frame_encode_header(bytes, type, 0, (uint32_t)length);
	protobuf_c_message_pack(message, bytes + FRAME_HEADER_SIZE);
	if (bytes_append(out, bytes, FRAME_HEADER_SIZE + length) < 0)
		return UV_ENOMEM;
	ssize_t sent = socket_send_fd(channel->fd, bytes_data(out), bytes_length(out), fd);
	if (sent < 0)
		return (int)sent;
	bytes_consume(out, (size_t)sent);
	return bytes_length(out) == 0 ? 0 : UV_ENOBUFS;
}

/* Returns 0, or why the stream is over. */
int channel_write(struct channel *channel)
{
	struct bytes *out = &channel->out;

	uv_timer_stop(&channel->linger);
	channel->blocked = false;
	while (bytes_length(out) > 0 && !channel->blocked) {
		ssize_t sent = send_some(channel, NULL, 0, NULL, 0);
		if (sent < 0)
			return (int)sent;
		channel->blocked = sent == 0;
		bytes_consume(out, (size_t)sent);
	}
	if (bytes_length(out) == 0 && bytes_capacity(out) > CHANNEL_SMALL)
		bytes_finish(out);
	return 0;
}

void channel_flush(struct channel *channel)
{
	int code = 0;

	if (!channel->behind)
		uv_prepare_stop(&channel->prepare);
	if (!channel->blocked && !channel->send_error)
		code = channel_write(channel);
	if (code < 0)
		send_failed(channel, code);
	else
		channel_poll_update(channel);
}

void channel_on_prepare(uv_prepare_t *prepare)
{
	struct channel *channel = prepare->data;

	uv_prepare_stop(prepare);
	channel_flush(channel);
	if (channel->behind)
		uv_timer_start(&channel->timer, channel_on_timer, 0, 0);
}
