#include "tray/windows/guest/guest.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "proto/base/log.h"
#include "tray/windows/guest/clipboard/clipboard.h"
#include "tray/windows/guest/input/input.h"
#include "tray/windows/guest/programs/globals.h"
#include "tray/windows/guest/ready.h"
#include "tray/windows/guest/shell/announce.h"
#include "tray/windows/guest/shell/beat.h"
#include "tray/windows/guest/shell/obey.h"
#include "tray/windows/guest/shell/wlroots.h"

struct guest {
	const struct guest_options *options;
	uv_loop_t loop;
	struct stream stream;
	struct server server;
	struct input input;
	struct clipboard clipboard;
	struct guest_link link;
	uv_prepare_t prepare;
	uv_signal_t signals[2];
};

/* ---- each turn ---- */

/* Before the loop waits: what happened in this turn goes to the host and to programs. */
static void on_prepare(uv_prepare_t *prepare)
{
	struct guest *guest = prepare->data;

	server_catch_up(&guest->server);
	if (input_answered(&guest->input))
		server_catch_up(&guest->server);
	announce_windows(&guest->server);
	input_flush(&guest->input);
	clipboard_flush(&guest->clipboard);
	frames_draw(&guest->server);
	beat_set(&guest->server);
	server_flush(&guest->server);
	stream_flush(&guest->stream);
}

/* ---- the stream ---- */

static void on_settings(void *data, bool first)
{
	struct guest *guest = data;

	screens_set(&guest->server, guest->stream.settings);
	input_open(&guest->input);
	if (first)
		obey_begin(&guest->server);
}

static void on_message(void *data, uint16_t type, const ProtobufCMessage *message)
{
	struct guest *guest = data;

	if (input_message(&guest->input, type, message) ||
		clipboard_message(&guest->clipboard, type, message))
		return;
	obey(&guest->server, type, message);
}

static void on_end(void *data)
{
	struct guest *guest = data;

	input_leave(&guest->input);
	clipboard_leave(&guest->clipboard);
	obey_end(&guest->server);
}

/* What waits goes at the turn's end. */
static void on_ready(void *data)
{
	(void)data;
}

static const struct stream_ops stream_ops = {
	.on_settings = on_settings,
	.on_message = on_message,
	.on_end = on_end,
	.on_ready = on_ready,
};

/* The newest stream is the one: the host's end may have been started anew. */
static void on_stream(void *data, int fd, int region_fd, bool greeted)
{
	struct guest *guest = data;

	if (region_fd < 0 && guest->options->shared_fd >= 0)
		region_fd = fcntl(guest->options->shared_fd, F_DUPFD_CLOEXEC, 0);
	stream_begin(&guest->stream, fd, region_fd, greeted);
}

/* ---- life ---- */

static void guest_stop(struct guest *guest)
{
	stream_finish(&guest->stream);
	guest_link_finish(&guest->link);
	clipboard_finish(&guest->clipboard);
	input_leave_x11(&guest->input);
	xwayland_finish(&guest->server.x11);
	wl_display_destroy_clients(guest->server.display);
	input_finish(&guest->input);
	globals_finish(&guest->server);
	server_finish(&guest->server);
	uv_close((uv_handle_t *)&guest->prepare, NULL);
	for (size_t i = 0; i < 2; i++)
		uv_close((uv_handle_t *)&guest->signals[i], NULL);
}

static void on_end_signal(uv_signal_t *handle, int number)
{
	(void)number;
	guest_stop(handle->data);
}

static void handles_start(struct guest *guest)
{
	static const int ends[] = {SIGTERM, SIGINT};

	uv_prepare_init(&guest->loop, &guest->prepare);
	guest->prepare.data = guest;
	uv_prepare_start(&guest->prepare, on_prepare);
	for (size_t i = 0; i < 2; i++) {
		uv_signal_init(&guest->loop, &guest->signals[i]);
		guest->signals[i].data = guest;
		uv_signal_start(&guest->signals[i], on_end_signal, ends[i]);
	}
}

static int parts_start(struct guest *guest)
{
	int code = stream_init(&guest->stream, &guest->loop, &stream_ops, guest);

	if (code == 0)
		code = server_init(&guest->server, &guest->loop, &guest->stream);
	if (code == 0)
		code = globals_create(&guest->server);
	if (code == 0)
		code = server_open(&guest->server, guest->options->display);
	if (code == 0)
		code = input_init(&guest->input, &guest->server);
	if (code < 0)
		return code;
	clipboard_init(&guest->clipboard, &guest->server);
	handles_start(guest);
	return 0;
}

static int guest_start(struct guest *guest)
{
	const struct guest_options *options = guest->options;
	const char *display = guest->server.x11.name;

	int code = parts_start(guest);
	if (code == 0)
		code = guest_link_start(
			&guest->link, &guest->loop, &options->link, on_stream, guest);
	if (code < 0) {
		log_error(NULL, "cannot begin: %s", uv_strerror(code));
		return code;
	}
	if (options->ready_fd >= 0)
		ready_tell(options->ready_fd, guest->server.socket, display[0] ? display : NULL);
	return 0;
}

int guest_run(const struct guest_options *options)
{
	struct guest *guest = calloc(1, sizeof(*guest));

	if (!guest)
		return UV_ENOMEM;
	signal(SIGPIPE, SIG_IGN);
	guest->options = options;
	int code = uv_loop_init(&guest->loop);
	if (code == 0)
		code = guest_start(guest);
	if (code < 0)
		return code; /* the program ends */
	uv_run(&guest->loop, UV_RUN_DEFAULT);
	uv_loop_close(&guest->loop);
	free(guest);
	return 0;
}
