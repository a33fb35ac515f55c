#include "tray/windows/host/stream.h"

#include <stdlib.h>
#include <string.h>

#include "proto/base/text.h"
#include "proto/io/closer.h"
#include "proto/wire/hello.h"
#include "proto/wire/message.h"
#include "tray/windows/rules/work.h"
#include "tray/windows/window/popup.h"
#include "tray/windows/window/show.h"
#include "tray/windows/window/toplevel.h"

#define DELAY_MIN_MS 4 /* a shorter delay is not worth a timer */
#define ROOM_MS 1000   /* a compositor that holds pictures so long gives none back */

struct stream {
	struct view *view;
	const struct stream_ops *ops;
	void *data;
	struct channel *channel;
	struct window *building; /* NULL: none, or one that could not be made */
	struct rate work;
	struct error error;
	bool open, over;
	struct closer closer;
	uv_timer_t timer; /* for HELLO; then until what was owed is paid */
	uv_timer_t room;  /* active: nothing is read until there is a picture for what is built */
};

static void on_greeting_timeout(uv_timer_t *timer);
static void on_no_room(uv_timer_t *timer);

/* Unless there is a reason not to. */
static void read_on(struct stream *stream)
{
	if (stream->channel && !uv_is_active((uv_handle_t *)&stream->timer) &&
		!uv_is_active((uv_handle_t *)&stream->room) && !stream->view->desktop->blocked)
		channel_resume(stream->channel);
}

/* ---- frames ---- */

/* That of the shape which the frame obeys. */
static uint32_t frame_scale(const struct window *window, uint32_t serial)
{
	for (unsigned int i = window->pending_count; i > 0; i--)
		if (window->pending[i - 1].serial <= serial)
			return window->pending[i - 1].shape.scale;
	return window->shown.scale ? window->shown.scale : window->wanted.scale;
}

static void on_frame_begin(struct stream *stream, const Vmsilo__Windows__Frame *message)
{
	stream->building = window_find(stream->view, message->window);
	if (!stream->building)
		return;
	uint32_t scale = frame_scale(stream->building, message->serial);
	if (content_begin(stream->building, message, scale ? scale : WINDOWS_SCALE_ONE) == 0)
		return;
	channel_pause(stream->channel);
	uv_timer_start(&stream->room, on_no_room, ROOM_MS, 0);
}

static void on_room(void *data)
{
	struct stream *stream = data;

	if (!uv_is_active((uv_handle_t *)&stream->room) ||
		content_continue(stream->building, false) < 0)
		return;
	uv_timer_stop(&stream->room);
	read_on(stream);
}

static void on_no_room(uv_timer_t *timer)
{
	struct stream *stream = timer->data;

	(void)content_continue(stream->building, true);
	read_on(stream);
}

static void on_frame_end(struct stream *stream, const Vmsilo__Windows__FrameEnd *message)
{
	struct window *window = stream->building;

	(void)message;
	stream->building = NULL;
	if (!window)
		return;
	uint32_t serial = window->content.building.serial;
	content_end(window);
	window_show_frame(window, serial);
}

static void on_shared_frame(struct stream *stream, const Vmsilo__Windows__SharedFrame *message)
{
	struct window *window = window_find(stream->view, message->window);

	if (!window)
		return;
	uint32_t scale = frame_scale(window, message->serial);
	content_shared(window, message, scale ? scale : WINDOWS_SCALE_ONE);
	window_show_frame(window, message->serial);
}

/* ---- windows ---- */

static int on_toplevel(struct stream *stream, const Vmsilo__Windows__Toplevel *message)
{
	struct window *window = window_find(stream->view, message->window);

	if (!window)
		return toplevel_create(stream->view, message);
	toplevel_update(window, message);
	return 0;
}

static int on_popup(struct stream *stream, const Vmsilo__Windows__Popup *message)
{
	struct window *window = window_find(stream->view, message->window);

	if (!window)
		return popup_create(stream->view, message);
	popup_update(window, message);
	return 0;
}

static void on_gone(struct stream *stream, const Vmsilo__Windows__Gone *message)
{
	struct window *window = window_find(stream->view, message->window);

	if (window)
		window_destroy(window);
}

/* True: it was about pixels, which the compositor does not hear of. */
static bool pixels_apply(struct stream *stream, uint16_t type, const void *message)
{
	struct window *window = stream->building;

	if (type == FRAME_WINDOWS_FRAME)
		on_frame_begin(stream, message);
	else if (type == FRAME_WINDOWS_RECT && window)
		content_rect(window, message);
	else if (type == FRAME_WINDOWS_FILL && window)
		content_fill(window, message);
	else if (type == FRAME_WINDOWS_COPY && window)
		content_copy(window, message);
	else
		return type == FRAME_WINDOWS_RECT || type == FRAME_WINDOWS_FILL ||
		       type == FRAME_WINDOWS_COPY;
	return true;
}

static int message_apply(struct stream *stream, uint16_t type, const ProtobufCMessage *message)
{
	switch (type) {
	case FRAME_WINDOWS_FRAME_END:
		on_frame_end(stream, (const void *)message);
		return 0;
	case FRAME_WINDOWS_SHARED_FRAME:
		on_shared_frame(stream, (const void *)message);
		return 0;
	case FRAME_WINDOWS_TOPLEVEL:
		return on_toplevel(stream, (const void *)message);
	case FRAME_WINDOWS_POPUP:
		return on_popup(stream, (const void *)message);
	case FRAME_WINDOWS_GONE:
		on_gone(stream, (const void *)message);
		return 0;
	default:
		stream->ops->on_message(stream->data, type, message);
		return 0;
	}
}

/* ---- how fast ---- */

static void on_delay(uv_timer_t *timer)
{
	read_on(timer->data);
}

/* What was too much, or what the compositor does not take, is read later. */
static void pace(struct stream *stream, uint32_t work, bool told)
{
	uint64_t wait = rate_owe(&stream->work, work, uv_now(stream->view->loop));

	if (!stream->channel)
		return;
	if (wait >= DELAY_MIN_MS && !uv_is_active((uv_handle_t *)&stream->timer)) {
		channel_pause(stream->channel);
		uv_timer_start(&stream->timer, on_delay, wait, 0);
	}
	if (told && !desktop_flush(stream->view->desktop))
		channel_pause(stream->channel);
}

void stream_flushed(struct stream *stream)
{
	read_on(stream);
}

/* ---- HELLO ---- */

static int greeting_judge(
	struct stream *stream, const struct frame *frame, const ProtobufCMessage *untrusted_message)
{
	char text[512];

	if (frame->type == FRAME_REJECT) {
		const char *untrusted_text = ((const Vmsilo__Reject *)untrusted_message)->text;
		text_escape(text, sizeof(text), untrusted_text, strlen(untrusted_text));
		return error_set(
			&stream->error, UV_ECONNREFUSED, "the agent refused the stream: %s", text);
	}
	if (frame->type != FRAME_HELLO)
		return error_set(&stream->error, UV_EPROTO, "%s instead of a hello",
			frame_type_name(frame->type));
	return hello_accept((const void *)untrusted_message, "agent", &stream->error);
}

static int on_greeting(struct stream *stream, const struct frame *frame)
{
	ProtobufCMessage *message = message_unpack(frame);
	int code = message ? greeting_judge(stream, frame, message)
			   : error_set(&stream->error, UV_EPROTO, "a hello that is none");

	message_free(message);
	if (code < 0)
		return code;
	stream->open = true;
	/* Nothing is said to it before: the first is SETTINGS. */
	stream->view->guest.channel = stream->channel;
	uv_timer_stop(&stream->timer);
	work_init(&stream->work, uv_now(stream->view->loop));
	stream->ops->on_open(stream->data);
	return 0;
}

static int hello_send(struct stream *stream, const struct token *token)
{
	Vmsilo__Hello hello;

	hello_offer(&hello, "vmsilo-windows " VMSILO_VERSION, token);
	return channel_send(stream->channel, FRAME_HELLO, 0, &hello.base);
}

/* ---- the channel ---- */

static void bytes_count(struct stream *stream, const struct frame *frame)
{
	if (stream->building)
		stream->building->bytes += FRAME_HEADER_SIZE + frame->length;
}

static int on_pixels(struct stream *stream, const struct frame *frame)
{
	int code = rules_pixels(&stream->view->guest.rules, frame->length, &stream->error);

	if (code == 0 && stream->building)
		content_pixels(stream->building, frame->payload, frame->length);
	pace(stream, work_of(frame->type, NULL), false);
	return code;
}

static int on_frame(void *data, const struct frame *frame)
{
	struct stream *stream = data;

	if (!stream->open)
		return on_greeting(stream, frame);
	bytes_count(stream, frame);
	if (frame->type == FRAME_WINDOWS_PIXELS)
		return on_pixels(stream, frame);
	ProtobufCMessage *message = message_unpack(frame);
	if (!message)
		return error_set(
			&stream->error, UV_EPROTO, "%s that is none", frame_type_name(frame->type));
	uint32_t work = work_of(frame->type, message);
	int code = rules_message(&stream->view->guest.rules, frame->type, message, &stream->error);
	bool quiet = code == 0 && pixels_apply(stream, frame->type, message);
	if (code == 0 && !quiet)
		code = message_apply(stream, frame->type, message);
	message_free(message);
	if (code == 0)
		pace(stream, work, !quiet);
	return code;
}

static int on_begin(void *data, const struct frame *untrusted_header)
{
	struct stream *stream = data;

	if (!stream->open)
		return UV_EPROTO;
	int code =
		rules_pixels(&stream->view->guest.rules, untrusted_header->length, &stream->error);
	bytes_count(stream, untrusted_header);
	pace(stream, work_of(untrusted_header->type, NULL), false);
	return code < 0 ? code : 1;
}

static int on_part(void *data, const uint8_t *untrusted_bytes, uint32_t length)
{
	struct stream *stream = data;

	if (stream->building)
		content_pixels(stream->building, untrusted_bytes, length);
	return 0;
}

static ssize_t on_socket(void *data, int fd, uint32_t length)
{
	struct stream *stream = data;

	return content_receive(stream->building, fd, length);
}

static void stream_end(struct stream *stream, int code, const char *why)
{
	if (stream->over)
		return;
	stream->over = true;
	uv_timer_stop(&stream->timer);
	uv_timer_stop(&stream->room);
	stream->ops->on_end(stream->data, code, why);
}

static void on_close(void *data, int reason)
{
	struct stream *stream = data;
	const char *why = stream->error.code < 0 ? stream->error.text : NULL;

	if (reason == UV_EPROTO || reason == UV_EMSGSIZE) {
		stream_end(stream, UV_EPROTO, why ? why : "a frame that is none");
		return;
	}
	stream_end(stream, reason, why ? why : reason < 0 ? uv_strerror(reason) : NULL);
}

static void on_drain(void *data)
{
	const struct stream *stream = data;

	stream->ops->on_drain(stream->data);
}

static const struct channel_ops channel_ops = {
	.on_frame = on_frame,
	.on_begin = on_begin,
	.on_part = on_part,
	.on_socket = on_socket,
	.on_close = on_close,
	.on_drain = on_drain,
};

/* ---- life ---- */

static void on_greeting_timeout(uv_timer_t *timer)
{
	stream_end(timer->data, UV_ETIMEDOUT, "the guest does not answer");
}

/* From inside of whoever had something to say: the end comes by the loop. */
static void on_stuck_timeout(uv_timer_t *timer)
{
	stream_end(timer->data, UV_ENOBUFS, "the guest does not read");
}

static void on_stuck(void *data)
{
	struct stream *stream = data;

	if (stream->channel)
		channel_pause(stream->channel);
	uv_timer_start(&stream->timer, on_stuck_timeout, 0, 0);
}

static void stream_free(void *data)
{
	free(data);
}

int stream_create(struct view *view, int fd, const struct token *token,
	const struct rules_limits *limits, const struct stream_ops *ops, void *data,
	struct stream **ret)
{
	struct stream *stream = calloc(1, sizeof(*stream));

	if (!stream) {
		close(fd);
		return UV_ENOMEM;
	}
	*stream = (struct stream){.view = view, .ops = ops, .data = data};
	int code = channel_create(view->loop, fd, &channel_ops, stream, &stream->channel);
	if (code < 0) {
		free(stream);
		return code;
	}
	closer_init(&stream->closer, stream_free, stream);
	uv_timer_init(view->loop, &stream->timer);
	uv_timer_init(view->loop, &stream->room);
	closer_add(&stream->closer);
	closer_add(&stream->closer);
	stream->timer.data = stream->room.data = stream;
	rules_init(&view->guest.rules, limits);
	view->guest.on_stuck = on_stuck;
	view->guest.on_room = on_room;
	view->guest.data = stream;
	uv_timer_start(&stream->timer, on_greeting_timeout, STREAM_GREETING_MS, 0);
	*ret = stream;
	return hello_send(stream, token);
}

void stream_destroy(struct stream *stream)
{
	stream->over = true;
	stream->view->guest.channel = NULL;
	rules_finish(&stream->view->guest.rules);
	channel_destroy(stream->channel);
	stream->channel = NULL;
	closer_close(&stream->closer, (uv_handle_t *)&stream->timer);
	closer_close(&stream->closer, (uv_handle_t *)&stream->room);
	closer_finish(&stream->closer);
}

bool stream_is_open(const struct stream *stream)
{
	return stream->open && !stream->over;
}
