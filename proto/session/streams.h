/*
 * What both ends of a session do with a frame that comes: its rules are asked, the streams take
 * what is theirs, and the rest are messages for the owner.
 */
#ifndef VMSILO_PROTO_SESSION_STREAMS_H
#define VMSILO_PROTO_SESSION_STREAMS_H

#include <protobuf-c/protobuf-c.h>

#include "proto/session/sink.h"
#include "proto/session/source.h"
#include "proto/wire/session-rules.h"

#define STREAMS 3 /* stdin, stdout, stderr */

struct streams {
	struct session_rules rules;
	enum session_side peer; /* whose frames come */
	/* By number, each of them one of the two; the owner's, and not touched before the rules
	 * let a frame of theirs by. */
	struct source *sources[STREAMS];
	struct sink *sinks[STREAMS];
	struct sink *receiving; /* whose payload comes from the socket */
	/* Any other frame; message is NULL for one that has none. Returns 0, or a negative UV_E*
	 * that ends the session. */
	int (*on_message)(
		void *data, const struct frame *frame, const ProtobufCMessage *untrusted_message);
	void *data;
};

/* For a channel's on_frame. */
int streams_take(struct streams *streams, const struct frame *frame);
/* For its on_begin, on_part and on_socket. */
int streams_begin(struct streams *streams, const struct frame *untrusted_header);
int streams_part(struct streams *streams, const uint8_t *untrusted_bytes, uint32_t length);
ssize_t streams_receive(struct streams *streams, int socket, uint32_t length);
/* A frame that is sent passes the rules, too. UV_EPROTO: it must not be sent now. */
int streams_say(struct streams *streams, uint16_t type, uint16_t stream);

#endif
