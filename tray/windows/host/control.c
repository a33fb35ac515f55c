#include "tray/windows/host/control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/log.h"
#include "proto/desk.pb-c.h"
#include "proto/io/channel.h"
#include "proto/wire/message.h"
#include "tray/windows/host/host.h"
#include "tray/windows/host/requests.h"
#include "tray/windows/window/window.h"

#define USE_MS 1000
#define FLUSH_MS 1000

struct control {
	struct host *host;
	struct channel *channel;
	uint64_t used_at;
	uint32_t windows, visible;
	bool counted;
	struct parcel answer; /* on its way to the parent */
	struct bytes given;   /* parts of its SET */
};

static void say(struct control *control, uint16_t type, const ProtobufCMessage *message)
{
	if (control->channel)
		(void)channel_send(control->channel, type, 0, message);
}

/* ---- what it is told ---- */

void control_counts(struct control *control)
{
	Vmsilo__Desk__Counts message = VMSILO__DESK__COUNTS__INIT;

	if (!control)
		return;
	for (int i = 0; i < WINDOWS_MAX; i++) {
		const struct window *window = control->host->view.windows[i];
		if (!window || window->popup || !window->mapped)
			continue;
		message.windows++;
		message.visible += !window->hidden;
	}
	if (control->counted && message.windows == control->windows &&
		message.visible == control->visible)
		return;
	control->counted = true;
	control->windows = message.windows;
	control->visible = message.visible;
	say(control, FRAME_DESK_COUNTS, &message.base);
}

void control_use(struct control *control)
{
	Vmsilo__Desk__Use message = VMSILO__DESK__USE__INIT;
	uint64_t now;

	if (!control)
		return;
	now = uv_now(&control->host->loop);
	if (control->used_at > 0 && now - control->used_at < USE_MS)
		return;
	control->used_at = now;
	say(control, FRAME_DESK_USE, &message.base);
}

void control_violation(struct control *control, const char *why)
{
	Vmsilo__Desk__Violation message = VMSILO__DESK__VIOLATION__INIT;

	if (!control || !control->channel)
		return;
	message.text = (char *)why;
	say(control, FRAME_DESK_VIOLATION, &message.base);
	channel_flush(control->channel);
}

void control_crossed(struct control *control, Vmsilo__Windows__ClipboardKind kind, uint64_t bytes,
	bool to_guest, bool too_large)
{
	Vmsilo__Desk__Crossed message = VMSILO__DESK__CROSSED__INIT;

	if (!control)
		return;
	message.kind = (uint32_t)kind;
	message.bytes = bytes;
	message.to_guest = to_guest;
	message.too_large = too_large;
	say(control, FRAME_DESK_CROSSED, &message.base);
}

void control_answer(struct control *control, uint32_t serial, Vmsilo__Windows__ClipboardKind kind,
	struct blob *blob, bool too_large)
{
	if (!control || !control->channel)
		return;
	if (blob)
		parcel_send(&control->answer, control->channel, serial, kind, blob_hold(blob));
	else
		parcel_send_nothing(control->channel, serial, too_large);
}

/* ---- what it asks ---- */

/* Parts, until the last; one that is too long is dropped as a whole. */
static void clipboard_take(struct control *control, const Vmsilo__Windows__ClipboardData *message)
{
	struct bytes *given = &control->given;

	if (bytes_length(given) <= WINDOWS_CLIPBOARD_MAX)
		(void)bytes_append(given, message->data.data, message->data.len);
	if (!message->last)
		return;
	clipboard_set(
		&control->host->clipboard, message->kind, bytes_data(given), bytes_length(given));
	bytes_finish(given);
}

static void window_describe(
	const struct host *host, struct window *window, Vmsilo__Desk__Window *ret)
{
	vmsilo__desk__window__init(ret);
	ret->id = window->id;
	ret->title = window->title;
	ret->app_id = window->app_id;
	ret->width = (uint32_t)window->content.width;
	ret->height = (uint32_t)window->content.height;
	ret->frames = window->frames;
	ret->bytes = window->bytes;
	ret->hidden = window->hidden;
	ret->x11 = window->x11;
	ret->focused = host->view.focused == window->id;
	ret->fullscreen = window->shown.fullscreen;
}

static void list_send(struct control *control)
{
	Vmsilo__Desk__Window windows[WINDOWS_MAX];
	Vmsilo__Desk__Window *pointers[WINDOWS_MAX];
	Vmsilo__Desk__Windows message = VMSILO__DESK__WINDOWS__INIT;
	size_t count = 0;

	for (int i = 0; i < WINDOWS_MAX; i++) {
		struct window *window = control->host->view.windows[i];
		if (!window || window->popup || !window->mapped)
			continue;
		window_describe(control->host, window, &windows[count]);
		pointers[count] = &windows[count];
		count++;
	}
	message.n_windows = count;
	message.windows = pointers;
	message.at_us = uv_hrtime() / 1000;
	message.connected = control->host->stream && stream_is_open(control->host->stream);
	say(control, FRAME_DESK_WINDOWS, &message.base);
}

static void windows_close(struct control *control, const Vmsilo__Desk__Close *message)
{
	Vmsilo__Windows__Close close = VMSILO__WINDOWS__CLOSE__INIT;

	for (int i = 0; i < WINDOWS_MAX; i++) {
		const struct window *window = control->host->view.windows[i];
		if (!window || window->popup || (message->id && message->id != window->id))
			continue;
		close.window = window->id;
		guest_send(&control->host->view.guest, FRAME_WINDOWS_CLOSE, &close.base);
	}
}

static int chord_copy(char *to, const char *from)
{
	if (strlen(from) >= SETTINGS_CHORD_SIZE)
		return UV_EPROTO;
	snprintf(to, SETTINGS_CHORD_SIZE, "%s", from);
	return 0;
}

static int settings_take(struct control *control, const Vmsilo__Desk__Settings *message)
{
	struct host *host = control->host;
	struct settings settings = host->settings;
	bool has_begun = host->stream_fd < 0;

	settings.colour = (struct colour){(uint8_t)(message->colour >> 16),
		(uint8_t)(message->colour >> 8), (uint8_t)message->colour};
	settings.limits.clipboard_bytes = message->clipboard_bytes < WINDOWS_CLIPBOARD_MAX
						  ? message->clipboard_bytes
						  : WINDOWS_CLIPBOARD_MAX;
	settings.bare_fullscreen = message->bare_fullscreen;
	settings.text_input = message->text_input;
	settings.drags = message->drags;
	if (chord_copy(settings.copy, message->copy) < 0 ||
		chord_copy(settings.paste, message->paste) < 0)
		return UV_EPROTO;
	if (has_begun) {
		host_apply(host, &settings);
		return 0;
	}
	settings.limits.windows = message->count;
	settings.limits.pixels = message->pixels;
	settings.limits.shared = message->shared < host->settings.limits.shared
					 ? message->shared
					 : host->settings.limits.shared;
	settings.has_token = message->token.len == TOKEN_SIZE;
	if (settings.has_token)
		memcpy(settings.token.bytes, message->token.data, TOKEN_SIZE);
	host->settings = settings;
	return host_begin(host);
}

static int message_apply(struct control *control, uint16_t type, const ProtobufCMessage *message)
{
	const Vmsilo__Desk__Activate *activate = (const void *)message;
	const Vmsilo__Windows__ClipboardGet *get = (const void *)message;

	if (type == FRAME_DESK_SETTINGS)
		return settings_take(control, (const void *)message);
	if (!control->host->stream)
		return UV_EPROTO;
	switch (type) {
	case FRAME_DESK_LIST:
		list_send(control);
		return 0;
	case FRAME_DESK_ACTIVATE:
		request_token(&control->host->view, activate->cookie, activate->token);
		return 0;
	case FRAME_WINDOWS_CLIPBOARD_GET:
		clipboard_get(&control->host->clipboard, get->serial);
		return 0;
	case FRAME_WINDOWS_CLIPBOARD_DATA:
		clipboard_take(control, (const void *)message);
		return 0;
	case FRAME_DESK_CLOSE:
		windows_close(control, (const void *)message);
		return 0;
	default:
		return UV_EPROTO;
	}
}

static int on_frame(void *data, const struct frame *frame)
{
	ProtobufCMessage *message = message_unpack(frame);
	int code = message ? message_apply(data, frame->type, message) : UV_EPROTO;

	message_free(message);
	return code;
}

static void on_close(void *data, int reason)
{
	const struct control *control = data;

	if (reason == UV_EPROTO)
		log_error(control->host->view.vm, "vmsilo-windows said what it may not");
	host_end(control->host, reason == UV_EPROTO ? HOST_FAILED : HOST_ENDED);
}

static void on_drain(void *data)
{
	struct control *control = data;

	parcel_continue(&control->answer, control->channel);
}

static const struct channel_ops channel_ops = {
	.on_frame = on_frame, .on_close = on_close, .on_drain = on_drain};

int control_create(struct host *host, int fd, struct control **ret)
{
	struct control *control = calloc(1, sizeof(*control));

	if (!control)
		return UV_ENOMEM;
	control->host = host;
	int code = channel_create(&host->loop, fd, &channel_ops, control, &control->channel);
	if (code < 0) {
		free(control);
		return code;
	}
	*ret = control;
	return 0;
}

void control_destroy(struct control *control)
{
	parcel_finish(&control->answer);
	bytes_finish(&control->given);
	channel_finish(control->channel, FLUSH_MS);
	free(control);
}
