#include "tray/guest/stream.h"

bool guest_stream_settings(struct guest_stream *stream, const Vmsilo__Tray__Settings *settings)
{
	uint64_t now_ms = uv_now(stream->loop);
	uint32_t per_second = settings->updates_per_second / TRAY_GUEST_PART;
	uint32_t burst = settings->updates_burst / TRAY_GUEST_PART;

	if (per_second == 0 || burst < 2 * (1 + FRAME_TRAY_MENU_MAX / TRAY_COST_BYTES))
		return false;
	/* Said again with other capabilities, it does not fill the buckets anew. */
	if (stream->updates.per_second != per_second || stream->updates.burst != burst)
		rate_init(&stream->updates, per_second, burst, now_ms);
	stream->items = settings->items;
	stream->notices = settings->notifications_per_minute > 0;
	per_second = settings->notifications_per_minute;
	burst = settings->notifications_burst * 60 / TRAY_GUEST_PART;
	if (stream->notifications.per_second != per_second || stream->notifications.burst != burst)
		rate_init(&stream->notifications, per_second, burst, now_ms);
	return true;
}

void guest_stream_wake(struct guest_stream *stream)
{
	stream->wake(stream->data);
}

int guest_stream_send(struct guest_stream *stream, uint16_t type, const ProtobufCMessage *message)
{
	size_t length = protobuf_c_message_get_packed_size(message);
	uint32_t cost = 1 + (uint32_t)(length / TRAY_COST_BYTES);
	uint64_t now_ms = uv_now(stream->loop);

	if (!stream->channel)
		return UV_ENOTCONN;
	if ((int64_t)length > frame_length_max(type))
		return UV_EMSGSIZE;
	if (!channel_writable(stream->channel))
		return UV_EAGAIN;
	if (type == FRAME_TRAY_NOTIFY && rate_wait_ms(&stream->notifications, 60, now_ms) > 0)
		return UV_EAGAIN;
	if (!rate_take(&stream->updates, cost, now_ms))
		return UV_EAGAIN;
	if (type == FRAME_TRAY_NOTIFY)
		rate_take(&stream->notifications, 60, now_ms);
	return channel_send(stream->channel, type, 0, message);
}
