#include "proto/session/streams.h"

#include "proto/session.pb-c.h"
#include "proto/wire/message.h"

static int message_take(struct streams *streams, const struct frame *frame)
{
	ProtobufCMessage *message = message_unpack(frame);
	int code;

	if (!message)
		return UV_EPROTO;
	if (frame->type == FRAME_CREDIT)
		code = source_credit(streams->sources[frame->stream],
			((const Vmsilo__Session__Credit *)message)->bytes);
	else
		code = streams->on_message(streams->data, frame, message);
	message_free(message);
	return code;
}

int streams_take(struct streams *streams, const struct frame *frame)
{
	int code = session_rules_feed(&streams->rules, streams->peer, frame->type, frame->stream);

	if (code < 0)
		return code;
	switch (frame->type) {
	case FRAME_DATA:
		return sink_data(streams->sinks[frame->stream], frame->payload, frame->length);
	case FRAME_END:
		sink_end(streams->sinks[frame->stream]);
		return 0;
	case FRAME_STOP:
		source_stop(streams->sources[frame->stream]);
		return 0;
	case FRAME_PROBE:
		return streams->on_message(streams->data, frame, NULL);
	default:
		return message_take(streams, frame);
	}
}

/* To ask the rules for a DATA frame changes nothing: streams_take() does it again for one that is
 * wanted whole. */
int streams_begin(struct streams *streams, const struct frame *untrusted_header)
{
	int code = session_rules_feed(
		&streams->rules, streams->peer, untrusted_header->type, untrusted_header->stream);

	if (code < 0)
		return code;
	streams->receiving = streams->sinks[untrusted_header->stream];
	return sink_begin(streams->receiving, untrusted_header->length);
}

int streams_part(struct streams *streams, const uint8_t *untrusted_bytes, uint32_t length)
{
	return sink_part(streams->receiving, untrusted_bytes, length);
}

ssize_t streams_receive(struct streams *streams, int socket, uint32_t length)
{
	return sink_receive(streams->receiving, socket, length);
}

int streams_say(struct streams *streams, uint16_t type, uint16_t stream)
{
	enum session_side self =
		streams->peer == SESSION_FROM_AGENT ? SESSION_FROM_CLIENT : SESSION_FROM_AGENT;

	return session_rules_feed(&streams->rules, self, type, stream);
}
