#include "tray/windows/host/host.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "proto/base/log.h"
#include "tray/windows/draw/label.h"
#include "tray/windows/draw/scale.h"
#include "tray/windows/host/control.h"
#include "tray/windows/host/requests.h"
#include "tray/windows/window/beat.h"
#include "tray/windows/window/edges.h"
#include "tray/windows/window/pictures.h"
#include "tray/windows/window/popup.h"
#include "tray/windows/window/show.h"
#include "tray/windows/window/toplevel.h"

/* ---- colours ---- */

static int colour_picture(struct host *host, struct picture *picture, struct colour colour)
{
	const uint8_t pixel[] = {colour.blue, colour.green, colour.red, 0xff};

	picture_finish(picture);
	int code = picture_init(picture, host->desktop.shm, EDGE_SIDE, EDGE_SIDE, true);
	for (size_t i = 0; code == 0 && i < EDGE_SIDE * EDGE_SIDE; i++)
		memcpy(picture->pixels + i * sizeof(pixel), pixel, sizeof(pixel));
	return code;
}

static int colours_make(struct host *host)
{
	struct view *view = &host->view;
	int code = colour_picture(host, &view->active, view->colour);

	if (code == 0)
		code = colour_picture(host, &view->inactive, label_dim(view->colour));
	if (code == 0 && !view->nothing.pixels)
		code = picture_init(&view->nothing, host->desktop.shm, EDGE_SIDE, EDGE_SIDE, false);
	return code;
}

/* ---- what the guest is told of the desktop ---- */

static size_t outputs_fill(const struct host *host, Vmsilo__Windows__Output *outputs,
	Vmsilo__Windows__Output **pointers)
{
	size_t count = 0;

	for (int i = 0; i < WINDOWS_OUTPUTS_MAX; i++) {
		const struct output *from = outputs_at(&host->desktop.outputs, i);
		Vmsilo__Windows__Output *to = &outputs[count];
		if (!from || from->mode_width <= 0 || from->mode_height <= 0)
			continue;
		bool turned = from->transform & 1;
		vmsilo__windows__output__init(to);
		to->x = scale_to_physical(from->x, from->scale);
		to->y = scale_to_physical(from->y, from->scale);
		to->width = (uint32_t)(turned ? from->mode_height : from->mode_width);
		to->height = (uint32_t)(turned ? from->mode_width : from->mode_height);
		to->scale = from->scale;
		to->refresh_mhz = from->refresh_mhz > 0 ? (uint32_t)from->refresh_mhz : 0;
		pointers[count++] = to;
	}
	return count;
}

static void settings_send(struct host *host)
{
	Vmsilo__Windows__Settings message = VMSILO__WINDOWS__SETTINGS__INIT;
	Vmsilo__Windows__Output outputs[WINDOWS_OUTPUTS_MAX], *pointers[WINDOWS_OUTPUTS_MAX];
	const struct rules_limits *limits = &host->view.guest.rules.limits;

	message.windows = limits->windows;
	message.pixels = limits->pixels;
	message.shared = limits->shared;
	message.clipboard_bytes = limits->clipboard_bytes;
	message.drags = host->settings.drags && host->desktop.data_devices;
	message.text_input = host->settings.text_input && host->desktop.text_inputs;
	message.touch = (host->desktop.seat_capabilities & WL_SEAT_CAPABILITY_TOUCH) != 0;
	message.n_outputs = outputs_fill(host, outputs, pointers);
	message.outputs = pointers;
	guest_send(&host->view.guest, FRAME_WINDOWS_SETTINGS, &message.base);
}

/* ---- the stream ---- */

static void on_stream_open(void *data)
{
	struct host *host = data;

	settings_send(host);
	input_on_open(&host->input);
}

static void on_stream_message(void *data, uint16_t type, const ProtobufCMessage *message)
{
	struct host *host = data;

	if (type == FRAME_WINDOWS_CLIPBOARD_DATA)
		clipboard_on_data(&host->clipboard, (const void *)message);
	else if (type == FRAME_WINDOWS_DRAG)
		device_drag(&host->device, (const void *)message);
	else if (!input_on_message(&host->input, type, message))
		request_apply(&host->view, type, message);
}

/* A guest that ends, or whose stream another one took, closes it, and may do so in the midst: then
 * libuv's poll says EBADF (its word for POLLERR). */
static bool is_failure(int code)
{
	return code < 0 && code != UV_ECONNRESET && code != UV_EPIPE && code != UV_EBADF;
}

static void on_stream_end(void *data, int code, const char *why)
{
	struct host *host = data;

	if (code == UV_EPROTO) {
		log_guest_warning(host->view.vm,
			"the guest broke the protocol of its windows, which are closed: %s", why);
		control_violation(host->control, why);
		host_end(host, HOST_VIOLATION);
		return;
	}
	if (is_failure(code))
		log_warning(host->view.vm, "the stream to the guest's windows ends: %s", why);
	host_end(host, is_failure(code) ? HOST_FAILED : HOST_ENDED);
}

static void on_stream_drain(void *data)
{
	struct host *host = data;

	clipboard_on_drain(&host->clipboard);
}

static const struct stream_ops stream_ops = {.on_open = on_stream_open,
	.on_message = on_stream_message,
	.on_end = on_stream_end,
	.on_drain = on_stream_drain};

int host_begin(struct host *host)
{
	const struct settings *settings = &host->settings;
	int fd = host->stream_fd;

	host->stream_fd = -1;
	host_apply(host, settings);
	return stream_create(&host->view, fd, settings->has_token ? &settings->token : NULL,
		&settings->limits, &stream_ops, host, &host->stream);
}

void host_apply(struct host *host, const struct settings *settings)
{
	struct view *view = &host->view;

	if (settings != &host->settings)
		host->settings = *settings;
	view->colour = host->settings.colour;
	view->fullscreen_bare = host->settings.bare_fullscreen;
	if (colours_make(host) < 0)
		host_end(host, HOST_FAILED);
	host->device.drags_allowed = host->settings.drags;
	input_set_chords(&host->input, host->settings.copy, host->settings.paste);
	if (!host->stream || !stream_is_open(host->stream))
		return;
	view->guest.rules.limits.clipboard_bytes = host->settings.limits.clipboard_bytes;
	settings_send(host);
	for (int i = 0; i < WINDOWS_MAX; i++) {
		struct window *window = view->windows[i];
		if (!window)
			continue;
		edges_forget(&window->edges);
		window->backing = NULL;
		window_show(window);
	}
}

/* ---- the desktop ---- */

static void on_seat(void *data, struct wl_seat *seat, uint32_t capabilities)
{
	struct host *host = data;

	input_set_seat(&host->input, seat, capabilities);
	device_set_seat(&host->device, seat);
	if (host->stream && stream_is_open(host->stream))
		settings_send(host);
}

static void on_outputs(void *data)
{
	struct host *host = data;

	if (host->stream && stream_is_open(host->stream))
		settings_send(host);
	for (int i = 0; i < WINDOWS_MAX; i++)
		if (host->view.windows[i])
			window_rescale(host->view.windows[i]);
}

static void on_flushed(void *data)
{
	const struct host *host = data;

	if (host->stream)
		stream_flushed(host->stream);
}

static void on_heard(void *data)
{
	struct host *host = data;

	popups_answer(&host->view);
}

static void on_desktop_end(void *data, bool refused, const char *why)
{
	struct host *host = data;

	log_warning(host->view.vm, "%s", why);
	host_end(host, refused ? HOST_REFUSED : HOST_DESKTOP_GONE);
}

static const struct desktop_ops desktop_ops = {
	.on_seat = on_seat,
	.on_outputs = on_outputs,
	.on_heard = on_heard,
	.on_flushed = on_flushed,
	.on_end = on_desktop_end,
};

/* ---- the user ---- */

static void on_chord(void *data, bool copy, uint32_t serial)
{
	struct host *host = data;

	if (copy)
		clipboard_copy(&host->clipboard, serial);
	else
		clipboard_paste(&host->clipboard);
}

static void on_use(void *data)
{
	const struct host *host = data;

	control_use(host->control);
}

static const struct input_ops input_ops = {.on_chord = on_chord, .on_use = on_use};

static void on_crossed(void *data, Vmsilo__Windows__ClipboardKind kind, uint64_t bytes,
	bool to_guest, bool too_large)
{
	const struct host *host = data;

	control_crossed(host->control, kind, bytes, to_guest, too_large);
}

static void on_answer(void *data, uint32_t serial, Vmsilo__Windows__ClipboardKind kind,
	struct blob *blob, bool too_large)
{
	const struct host *host = data;

	control_answer(host->control, serial, kind, blob, too_large);
}

static const struct clipboard_ops clipboard_ops = {
	.on_crossed = on_crossed, .on_answer = on_answer};

/* ---- counts ---- */

static void on_counts_timer(uv_timer_t *timer)
{
	const struct host *host = timer->data;

	control_counts(host->control);
}

static void on_counts(void *data)
{
	struct host *host = data;

	if (host->control && !uv_is_active((uv_handle_t *)&host->counts) && !host->ending)
		uv_timer_start(&host->counts, on_counts_timer, HOST_COUNTS_MS, 0);
}

/* ---- life ---- */

static void on_term(uv_signal_t *signal, int number)
{
	(void)number;
	host_end(signal->data, HOST_ENDED);
}

void host_end(struct host *host, enum host_exit exit_code)
{
	if (host->ending)
		return;
	host->ending = true;
	host->exit_code = exit_code;
	uv_stop(&host->loop);
}

static int timers_init(struct host *host)
{
	int code = beat_init(&host->view);

	if (code == 0)
		code = toplevel_patience_init(&host->view);
	if (code == 0)
		code = uv_timer_init(&host->loop, &host->counts);
	host->counts.data = host;
	return code;
}

int host_init(struct host *host, const char *vm, struct error *error)
{
	struct view *view = &host->view;
	int code = uv_loop_init(&host->loop);

	view->loop = &host->loop;
	view->desktop = &host->desktop;
	snprintf(view->vm, sizeof(view->vm), "%s", vm);
	view->on_counts = on_counts;
	view->on_mapped = request_on_mapped;
	view->data = host;
	if (code == 0)
		code = timers_init(host);
	if (code == 0)
		code = uv_signal_init(&host->loop, &host->term);
	host->term.data = host;
	if (code == 0)
		code = uv_signal_start(&host->term, on_term, SIGTERM);
	if (code == 0)
		code = input_init(&host->input, view, &input_ops, host);
	if (code == 0)
		code = clipboard_init(&host->clipboard, view, &clipboard_ops, host);
	device_init(&host->device, &host->input, &host->clipboard);
	if (code == 0)
		code = desktop_start(&host->desktop, &host->loop, &desktop_ops, host);
	return code < 0 ? error_set(error, code, "cannot run: %s", uv_strerror(code)) : 0;
}

/* Also where only a part of it came to be. */
static void handle_close(void *handle)
{
	if (((uv_handle_t *)handle)->loop && !uv_is_closing(handle))
		uv_close(handle, NULL);
}

void host_finish(struct host *host)
{
	host->ending = true;
	for (int i = 0; i < WINDOWS_MAX; i++)
		if (host->view.windows[i])
			window_destroy(host->view.windows[i]);
	request_finish(&host->view);
	device_finish(&host->device);
	clipboard_finish(&host->clipboard);
	input_finish(&host->input);
	if (host->stream)
		stream_destroy(host->stream);
	if (host->control)
		control_destroy(host->control);
	picture_finish(&host->view.active);
	picture_finish(&host->view.inactive);
	picture_finish(&host->view.nothing);
	pictures_leave(&host->view);
	if (host->view.shared)
		wl_shm_pool_destroy(host->view.shared);
	desktop_finish(&host->desktop);
	handle_close(&host->view.beat);
	handle_close(&host->view.patience);
	handle_close(&host->counts);
	handle_close(&host->term);
	/* Handles that were closed have their callbacks. */
	uv_run(&host->loop, UV_RUN_NOWAIT);
	uv_run(&host->loop, UV_RUN_NOWAIT);
	if (host->view.text)
		text_destroy(host->view.text);
}
