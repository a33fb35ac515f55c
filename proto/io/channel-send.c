/* What a channel has to send: at once, at the end of the loop's turn, or soon. */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "proto/base/cleanup.h"
#include "proto/io/channel-private.h"
#include "proto/io/socket.h"

#define PACK_STACK_SIZE 1024
#define HOLD_MAX 1024 /* bytes that wait for the end of the loop's turn */

/* The error is told to the owner from the loop, not from inside its own call. */
static void send_failed(struct channel *channel, int code)
{
	channel->send_error = code;
	uv_timer_start(&channel->timer, channel_on_timer, 0, 0);
}

/* Small frames wait for the others of this turn of the loop, so that a conversation's short words
 * share a packet; but not behind a socket that is full already. */
static bool is_held(const struct channel *channel, size_t total)
{
	return !channel->out.blocked && total <= HOLD_MAX &&
	       send_queue_length(&channel->out) + total <= HOLD_MAX;
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

/* A part of what was to be sent may wait. The poll tells when it goes on. */
static void sent_check(struct channel *channel, int code)
{
	if (send_queue_length(&channel->out) == 0)
		uv_timer_stop(&channel->linger);
	if (code < 0) {
		send_failed(channel, code);
		return;
	}
	if (send_queue_length(&channel->out) > CHANNEL_HIGH_WATER || channel->out.pipe.length > 0)
		channel->above_high_water = true;
	channel_poll_update(channel);
}

static int frame_push(struct channel *channel, uint64_t within_ms, uint16_t type, uint16_t stream,
	const void *payload, uint32_t length)
{
	uint8_t header[FRAME_HEADER_SIZE];
	size_t total = FRAME_HEADER_SIZE + (size_t)length;

	if (channel->phase != CHANNEL_OPEN || channel->send_error)
		return UV_EPIPE;
	if ((int64_t)length > frame_length_max(type))
		return UV_EMSGSIZE;
	if (send_queue_length(&channel->out) + total > CHANNEL_QUEUE_MAX)
		return UV_ENOBUFS;

	frame_encode_header(header, type, stream, length);
	if (!is_held(channel, total)) {
		sent_check(channel, send_queue_send(&channel->out, header, payload, length));
		return 0;
	}
	int code = send_queue_add(&channel->out, header, payload, length);
	if (code < 0)
		send_failed(channel, code);
	else
		linger(channel, within_ms);
	return 0;
}

ssize_t channel_send_from(
	struct channel *channel, uint16_t type, uint16_t stream, int fd, off_t *at, uint32_t length)
{
	int code;

	if (channel->phase != CHANNEL_OPEN || channel->send_error)
		return UV_EPIPE;
	ssize_t count = send_queue_splice(&channel->out, type, stream, fd, at, length, &code);
	sent_check(channel, code);
	return count;
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
	struct bytes *out = &channel->out.bytes;

	if (channel->phase != CHANNEL_OPEN || channel->send_error)
		return UV_EPIPE;
	if (length > FRAME_TEXT_MAX || channel->out.blocked)
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
	uv_timer_stop(&channel->linger);
	return send_queue_write(&channel->out);
}

void channel_flush(struct channel *channel)
{
	int code = 0;

	if (!channel->behind)
		uv_prepare_stop(&channel->prepare);
	if (!channel->out.blocked && !channel->send_error)
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
