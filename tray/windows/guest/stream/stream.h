/*
 * The stream to the host: there is none, or one, which begins with HELLO (or has had it) and
 * SETTINGS. A frame goes in parts, as the host takes them; while one does, nothing else is sent.
 *
 *   NONE --descriptor--> GREETING --HELLO--> GREETED --SETTINGS--> OPEN
 *   any --end, error, a newer descriptor--> NONE
 */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_STREAM_STREAM_H
#define VMSILO_TRAY_WINDOWS_GUEST_STREAM_STREAM_H

#include "proto/io/channel.h"
#include "proto/windows.pb-c.h"
#include "tray/windows/guest/pixels/pieces.h"
#include "tray/windows/guest/stream/region.h"

enum stream_phase { STREAM_NONE, STREAM_GREETING, STREAM_GREETED, STREAM_OPEN };

struct stream_ops {
	/* The first time on this stream, it has just opened. */
	void (*on_settings)(void *data, bool first);
	void (*on_message)(void *data, uint16_t type, const ProtobufCMessage *message);
	/* What was said to the host is forgotten. */
	void (*on_end)(void *data);
	/* There is room again. */
	void (*on_ready)(void *data);
};

/* The frame that is on its way. */
struct stream_frame {
	uint32_t window; /* 0: none */
	struct picture picture;
	struct pieces pieces;
	size_t next;
	uint32_t rows; /* of the next piece that have been sent */
};

struct stream {
	uv_loop_t *loop;
	enum stream_phase phase;
	struct channel *channel;
	const struct stream_ops *ops;
	void *data;
	Vmsilo__Windows__Settings *settings; /* the newest; NULL */
	struct region region;
	struct stream_frame frame;
	uint32_t last_number; /* of a window */
	uint8_t *rows;        /* of a RECT, one behind the other */
};

int stream_init(struct stream *stream, uv_loop_t *loop, const struct stream_ops *ops, void *data);
void stream_finish(struct stream *stream);
/* Takes both descriptors. region_fd: -1 for none. */
void stream_begin(struct stream *stream, int fd, int region_fd, bool greeted);
void stream_end(struct stream *stream);

static inline bool stream_open(const struct stream *stream)
{
	return stream->phase == STREAM_OPEN;
}

/* A message, or a frame's begin, can be sent. */
bool stream_ready(const struct stream *stream);
/* The next of a new window's. */
uint32_t stream_number(struct stream *stream);
/* To be called when it is ready. */
void stream_send(struct stream *stream, uint16_t type, const ProtobufCMessage *message);
/* The pieces are in stream->frame.pieces; picture must stay as it is until on_ready, or
 * stream_frame_leave(). */
void stream_frame_send(
	struct stream *stream, const Vmsilo__Windows__Frame *frame, const struct picture *picture);
/* The picture goes away. If its frame is on its way, it ends as it can. */
void stream_frame_leave(struct stream *stream, uint32_t window);
/* What was sent in this turn leaves now. */
void stream_flush(struct stream *stream);

#endif
