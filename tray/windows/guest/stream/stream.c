#include "tray/windows/guest/stream/stream.h"

#include <stdlib.h>
#include <string.h>

#include "proto/base/log.h"
#include "proto/common.pb-c.h"
#include "proto/wire/hello.h"
#include "proto/wire/message.h"
#include "tray/windows/guest/stream/settings.h"

int stream_init(struct stream *stream, uv_loop_t *loop, const struct stream_ops *ops, void *data)
{
	*stream = (struct stream){.loop = loop, .ops = ops, .data = data};
	region_init(&stream->region, -1);
	stream->rows = malloc(FRAME_WINDOWS_PIXELS_MAX);
	return stream->rows ? 0 : UV_ENOMEM;
}

void stream_finish(struct stream *stream)
{
	stream_end(stream);
	free(stream->rows);
}

void stream_end(struct stream *stream)
{
	bool was_open = stream_open(stream);

	if (stream->phase == STREAM_NONE)
		return;
	channel_destroy(stream->channel);
	stream->channel = NULL;
	stream->phase = STREAM_NONE;
	pieces_finish(&stream->frame.pieces);
	stream->frame = (struct stream_frame){0};
	stream->last_number = 0;
	if (was_open)
		stream->ops->on_end(stream->data);
	region_finish(&stream->region);
	if (stream->settings)
		message_free(&stream->settings->base);
	stream->settings = NULL;
}

/* ---- from the host ---- */

static int on_hello(struct stream *stream, const Vmsilo__Hello *message)
{
	struct error error = {0};
	Vmsilo__Hello hello;

	int code = hello_answer(
		message, "host", "vmsilo-guest-windows " VMSILO_VERSION, &hello, &error);
	if (code < 0) {
		log_error(NULL, "%s", error.text);
		return code;
	}
	stream->phase = STREAM_GREETED;
	return channel_send(stream->channel, FRAME_HELLO, 0, &hello.base);
}

/* Keeps the message. */
static int on_settings(struct stream *stream, ProtobufCMessage *message)
{
	Vmsilo__Windows__Settings *settings = (Vmsilo__Windows__Settings *)message;
	bool first = stream->phase == STREAM_GREETED;

	if (!settings_valid(settings)) {
		message_free(message);
		return UV_EPROTO;
	}
	if (stream->settings)
		message_free(&stream->settings->base);
	stream->settings = settings;
	stream->phase = STREAM_OPEN;
	if (first)
		region_resize(&stream->region, settings->shared);
	stream->ops->on_settings(stream->data, first);
	return 0;
}

static bool is_expected(enum stream_phase phase, uint16_t type)
{
	if (type == FRAME_HELLO)
		return phase == STREAM_GREETING;
	if (type == FRAME_WINDOWS_SETTINGS)
		return phase >= STREAM_GREETED;
	return phase == STREAM_OPEN &&
	       (type == FRAME_WINDOWS_CONSTRAINT || type == FRAME_WINDOWS_CLIPBOARD_DATA ||
		       (type >= FRAME_WINDOWS_CONFIGURE && type <= FRAME_WINDOWS_CLIPBOARD_GET));
}

static int on_frame(void *data, const struct frame *frame)
{
	struct stream *stream = data;
	int code = 0;

	if (!is_expected(stream->phase, frame->type))
		return UV_EPROTO;
	ProtobufCMessage *message = message_unpack(frame);
	if (!message)
		return UV_EPROTO;
	if (frame->type == FRAME_WINDOWS_SETTINGS)
		return on_settings(stream, message);
	if (frame->type == FRAME_HELLO)
		code = on_hello(stream, (const Vmsilo__Hello *)message);
	else
		stream->ops->on_message(stream->data, frame->type, message);
	message_free(message);
	return code;
}

static void on_close(void *data, int reason)
{
	log_info(NULL, "the connection to the host's windows ended: %s",
		reason < 0 ? uv_strerror(reason) : "closed");
	stream_end(data);
}

/* ---- to the host ---- */

static void frame_pump(struct stream *stream);

static void on_drain(void *data)
{
	struct stream *stream = data;

	frame_pump(stream);
	if (stream_ready(stream))
		stream->ops->on_ready(stream->data);
}

static const struct channel_ops channel_ops = {
	.on_frame = on_frame, .on_close = on_close, .on_drain = on_drain};

void stream_begin(struct stream *stream, int fd, int region_fd, bool greeted)
{
	stream_end(stream);
	int code = channel_create(stream->loop, fd, &channel_ops, stream, &stream->channel);
	region_init(&stream->region, region_fd);
	if (code < 0) {
		log_error(NULL, "no stream to the host: %s", uv_strerror(code));
		region_finish(&stream->region);
		return;
	}
	stream->phase = greeted ? STREAM_GREETED : STREAM_GREETING;
}

bool stream_ready(const struct stream *stream)
{
	return stream_open(stream) && stream->frame.window == 0 &&
	       channel_writable(stream->channel);
}

uint32_t stream_number(struct stream *stream)
{
	return ++stream->last_number;
}

void stream_send(struct stream *stream, uint16_t type, const ProtobufCMessage *message)
{
	int code = channel_send(stream->channel, type, 0, message);

	/* Its owner hears of an end by on_close(). */
	if (code < 0 && code != UV_EPIPE)
		log_error(NULL, "%s was not sent: %s", frame_type_name(type), uv_strerror(code));
}

static void pixels_send(struct stream *stream, const struct area *area)
{
	const struct picture *picture = &stream->frame.picture;
	const void *bytes = picture_at(picture, area->x, area->y);
	size_t row = (size_t)area->width * 4;

	if (area->width != picture->stride) {
		for (uint32_t y = 0; y < area->height; y++)
			memcpy(stream->rows + y * row, picture_at(picture, area->x, area->y + y),
				row);
		bytes = stream->rows;
	}
	channel_send_raw(
		stream->channel, FRAME_WINDOWS_PIXELS, 0, bytes, (uint32_t)(row * area->height));
}

/* As many rows as one message takes. Returns whether that was the last. */
static bool rect_send(struct stream *stream, const struct piece *piece)
{
	uint32_t left = piece->area.height - stream->frame.rows;
	uint32_t rows = pieces_rows(piece->area.width);
	struct area area = piece->area;

	area.y += stream->frame.rows;
	area.height = left < rows ? left : rows;
	Vmsilo__Windows__Rect rect = VMSILO__WINDOWS__RECT__INIT;
	rect.x = area.x;
	rect.y = area.y;
	rect.width = area.width;
	rect.height = area.height;
	stream_send(stream, FRAME_WINDOWS_RECT, &rect.base);
	pixels_send(stream, &area);
	stream->frame.rows += area.height;
	return area.height == left;
}

static void copy_send(struct stream *stream, const struct piece *piece)
{
	Vmsilo__Windows__Copy copy = VMSILO__WINDOWS__COPY__INIT;

	copy.x = piece->area.x;
	copy.y = piece->area.y;
	copy.width = piece->area.width;
	copy.height = piece->area.height;
	copy.dy = piece->dy;
	stream_send(stream, FRAME_WINDOWS_COPY, &copy.base);
}

static void fill_send(struct stream *stream, const struct area *area, uint32_t colour)
{
	Vmsilo__Windows__Fill fill = VMSILO__WINDOWS__FILL__INIT;

	fill.x = area->x;
	fill.y = area->y;
	fill.width = area->width;
	fill.height = area->height;
	fill.colour = colour;
	stream_send(stream, FRAME_WINDOWS_FILL, &fill.base);
}

static void frame_end(struct stream *stream)
{
	Vmsilo__Windows__FrameEnd end = VMSILO__WINDOWS__FRAME_END__INIT;

	end.window = stream->frame.window;
	stream->frame.window = 0;
	stream_send(stream, FRAME_WINDOWS_FRAME_END, &end.base);
	channel_flush(stream->channel);
}

static void frame_pump(struct stream *stream)
{
	struct stream_frame *frame = &stream->frame;

	if (frame->window == 0)
		return;
	while (frame->next < frame->pieces.count && channel_writable(stream->channel)) {
		const struct piece *piece = &frame->pieces.list[frame->next];
		bool whole = true;
		if (piece->kind == PIECE_RECT)
			whole = rect_send(stream, piece);
		else if (piece->kind == PIECE_COPY)
			copy_send(stream, piece);
		else
			fill_send(stream, &piece->area, piece->colour);
		if (!whole)
			continue;
		frame->rows = 0;
		frame->next++;
	}
	if (frame->next == frame->pieces.count)
		frame_end(stream);
}

void stream_frame_send(
	struct stream *stream, const Vmsilo__Windows__Frame *frame, const struct picture *picture)
{
	stream->frame.window = frame->window;
	stream->frame.picture = *picture;
	stream->frame.next = stream->frame.rows = 0;
	stream_send(stream, FRAME_WINDOWS_FRAME, &frame->base);
	frame_pump(stream);
}

/* The host must not miss a part of a picture, so what is left of it becomes black. */
void stream_frame_leave(struct stream *stream, uint32_t window)
{
	struct stream_frame *frame = &stream->frame;

	if (window == 0 || frame->window != window)
		return;
	for (; frame->next < frame->pieces.count; frame->next++)
		if (frame->pieces.list[frame->next].kind != PIECE_COPY)
			fill_send(stream, &frame->pieces.list[frame->next].area, 0xff000000);
	frame_end(stream);
}

void stream_flush(struct stream *stream)
{
	if (stream->channel)
		channel_flush(stream->channel);
}
