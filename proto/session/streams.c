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

int streams_say(struct streams *streams, uint16_t type, uint16_t stream)
{
	enum session_side self =
		streams->peer == SESSION_FROM_AGENT ? SESSION_FROM_CLIENT : SESSION_FROM_AGENT;

	return session_rules_feed(&streams->rules, self, type, stream);
}
