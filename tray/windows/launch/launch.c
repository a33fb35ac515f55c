#include "tray/windows/launch/launch.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/base/cleanup.h"
#include "proto/base/log.h"
#include "proto/base/text.h"
#include "proto/io/socket.h"
#include "proto/wire/frame.h"
#include "tray/windows/launch/desk.h"
#include "tray/windows/launch/follow.h"
#include "tray/windows/launch/notice.h"
#include "tray/windows/launch/view.h"

enum phase { PHASE_WAITING, PHASE_OPENING, PHASE_SHOWN, PHASE_REFUSED };

struct kept_token {
	char cookie[WINDOWS_TOKEN_MAX + 1];
	char token[WINDOWS_TOKEN_MAX + 1];
};

struct launch {
	const struct launch_options *options;
	uv_loop_t loop;
	enum phase phase;
	struct follow follow;
	struct desk desk;
	struct notice notice;
	struct view *view;
	struct token stream_token;
	char note[256]; /* why nothing is shown */
	struct kept_token tokens[LAUNCH_TOKENS_MAX];
	size_t tokens_count;
	uint32_t visible;
	uint64_t retry_ms, opened_ms;
	unsigned int refusals; /* of the compositor's, since the VM was started */
	int exit_code;
	int desktop_fd; /* connected to the compositor; nothing is said on it */
	uv_poll_t desktop;
	uv_timer_t retry, end;
	uv_signal_t signals[2];
};

static void on_retry(uv_timer_t *timer);

static void launch_note(struct launch *launch, const char *text)
{
	text_escape(launch->note, sizeof(launch->note), text, strlen(text));
}

/* ---- the end ---- */

/* From the loop, so that whoever wants it may touch what he has a moment longer. */
static void on_end(uv_timer_t *timer)
{
	struct launch *launch = timer->data;

	if (launch->view)
		view_destroy(launch->view);
	launch->view = NULL;
	follow_finish(&launch->follow);
	desk_finish(&launch->desk);
	notice_finish(&launch->notice);
	for (size_t i = 0; i < 2; i++)
		uv_close((uv_handle_t *)&launch->signals[i], NULL);
	uv_close((uv_handle_t *)&launch->desktop, NULL);
	uv_close((uv_handle_t *)&launch->retry, NULL);
	uv_close((uv_handle_t *)&launch->end, NULL);
}

static void launch_end(struct launch *launch, int exit_code)
{
	launch->exit_code = exit_code;
	uv_timer_stop(&launch->retry);
	if (!uv_is_active((uv_handle_t *)&launch->end))
		uv_timer_start(&launch->end, on_end, 0, 0);
}

static bool is_ending(const struct launch *launch)
{
	return uv_is_active((const uv_handle_t *)&launch->end) ||
	       uv_is_closing((const uv_handle_t *)&launch->end);
}

/* ---- the desktop ---- */

/* Where wl_display_connect(3) would connect to. */
static int wayland_connect(void)
{
	const char *display = getenv("WAYLAND_DISPLAY"), *folder = getenv("XDG_RUNTIME_DIR");
	char path[PATH_SIZE];
	int length;

	if (!display || !display[0])
		return UV_ENOENT;
	if (display[0] == '/')
		length = snprintf(path, sizeof(path), "%s", display);
	else
		length = snprintf(path, sizeof(path), "%s/%s", folder ? folder : "", display);
	return length < (int)sizeof(path) ? socket_connect(path) : UV_ENAMETOOLONG;
}

/* Also while there is no view: the next session has another one. */
static void on_desktop_gone(uv_poll_t *poll, int status, int events)
{
	struct launch *launch = poll->data;

	(void)status;
	(void)events;
	log_info(launch->options->vm, "the desktop has gone");
	uv_poll_stop(poll);
	launch_end(launch, 0);
}

static int desktop_watch(struct launch *launch)
{
	launch->desktop_fd = wayland_connect();
	if (launch->desktop_fd < 0)
		return launch->desktop_fd;
	int code = uv_poll_init(&launch->loop, &launch->desktop, launch->desktop_fd);
	launch->desktop.data = launch;
	return code < 0 ? code : uv_poll_start(&launch->desktop, UV_DISCONNECT, on_desktop_gone);
}

/* ---- the view ---- */

static void open_again(struct launch *launch)
{
	if (is_ending(launch))
		return;
	if (!launch->follow.running) {
		launch->phase = PHASE_WAITING;
		return;
	}
	launch->phase = PHASE_OPENING;
	uv_timer_start(&launch->retry, on_retry, launch->retry_ms, 0);
	launch->retry_ms = launch->retry_ms * 2 < LAUNCH_RETRY_LAST_MS ? launch->retry_ms * 2
								       : LAUNCH_RETRY_LAST_MS;
}

static void on_crossed(struct launch *launch, const Vmsilo__Desk__Crossed *untrusted_crossed)
{
	char summary[NOTICE_TEXT_SIZE], body[NOTICE_TEXT_SIZE];

	notice_crossed_text(launch->options->vm, untrusted_crossed, summary, body);
	notice_show(&launch->notice, summary, body);
}

static void on_counts(struct launch *launch, const Vmsilo__Desk__Counts *untrusted_counts)
{
	bool appears = launch->visible == 0 && untrusted_counts->visible > 0;

	launch->visible = untrusted_counts->visible;
	follow_windows(&launch->follow,
		untrusted_counts->windows < WINDOWS_MAX ? untrusted_counts->windows : WINDOWS_MAX,
		untrusted_counts->visible == 0);
	if (appears)
		follow_use(&launch->follow);
}

static void on_violation(struct launch *launch, const Vmsilo__Desk__Violation *untrusted_violation)
{
	char printable[256];

	text_escape(printable, sizeof(printable), untrusted_violation->text,
		strlen(untrusted_violation->text));
	log_warning(launch->options->vm,
		"its windows are shown no more, until it is started again: %s", printable);
	launch_note(launch, untrusted_violation->text);
}

static void on_view_message(void *data, uint16_t type, const ProtobufCMessage *untrusted_message)
{
	struct launch *launch = data;

	switch (type) {
	case FRAME_DESK_COUNTS:
		on_counts(launch, (const Vmsilo__Desk__Counts *)untrusted_message);
		break;
	case FRAME_DESK_WINDOWS:
		desk_windows(&launch->desk, (const Vmsilo__Desk__Windows *)untrusted_message);
		break;
	case FRAME_DESK_CROSSED:
		on_crossed(launch, (const Vmsilo__Desk__Crossed *)untrusted_message);
		break;
	case FRAME_DESK_USE:
		follow_use(&launch->follow);
		break;
	case FRAME_DESK_VIOLATION:
		on_violation(launch, (const Vmsilo__Desk__Violation *)untrusted_message);
		break;
	default:
		desk_clipboard(
			&launch->desk, (const Vmsilo__Windows__ClipboardData *)untrusted_message);
		break;
	}
}

static void view_forget(struct launch *launch)
{
	if (launch->view)
		view_destroy(launch->view);
	launch->view = NULL;
	launch->visible = 0;
	follow_close(&launch->follow);
	desk_view_gone(&launch->desk);
}

/* By our own connection: a compositor may end the view's and none else. */
static bool desktop_has_gone(const struct launch *launch)
{
	struct pollfd poller = {.fd = launch->desktop_fd};

	return poll(&poller, 1, 0) != 0;
}

/* True: the view is to be started again, later and later. */
static bool refusal_bear(struct launch *launch)
{
	const char *vm = launch->options->vm;

	if (launch->refusals++ < LAUNCH_REFUSALS_MAX) {
		log_warning(vm, "the compositor has ended what shows its windows: once more");
		return true;
	}
	launch_note(launch, "the compositor has refused what shows its windows too often");
	log_error(vm, "its windows are shown no more, until it is started again: %s", launch->note);
	return false;
}

static void on_view_end(void *data, enum view_end end)
{
	struct launch *launch = data;
	bool desktop = end == VIEW_DESKTOP || end == VIEW_REFUSED;

	if (end != VIEW_VIOLATION)
		launch_note(launch, "its stream has ended");
	view_forget(launch);
	if (desktop && desktop_has_gone(launch)) {
		log_info(launch->options->vm, "the desktop has gone");
		launch_end(launch, 0);
		return;
	}
	if (desktop && launch->follow.running && !refusal_bear(launch)) {
		launch->phase = PHASE_REFUSED;
		return;
	}
	if (end == VIEW_VIOLATION && launch->follow.running) {
		launch->phase = PHASE_REFUSED;
		return;
	}
	if (uv_now(&launch->loop) - launch->opened_ms >= LAUNCH_LIVED_MS)
		launch->retry_ms = LAUNCH_RETRY_FIRST_MS;
	open_again(launch);
}

static const struct view_ops view_ops = {.on_message = on_view_message, .on_end = on_view_end};

static void token_send(struct launch *launch, const char *cookie, const char *token)
{
	Vmsilo__Desk__Activate activate = VMSILO__DESK__ACTIVATE__INIT;

	activate.cookie = (char *)cookie;
	activate.token = (char *)token;
	(void)view_send(launch->view, FRAME_DESK_ACTIVATE, &activate.base);
}

static void view_start(struct launch *launch, int stream_fd, int region_fd)
{
	_cleanup_close_ int wayland_fd = wayland_connect();
	struct view_options options = {.program = launch->options->view,
		.vm = launch->options->vm,
		.log_level = launch->options->log_level,
		.stream_fd = stream_fd,
		.wayland_fd = wayland_fd,
		.shared_fd = region_fd,
		.settings = &launch->follow.settings};

	if (wayland_fd < 0) {
		log_error(launch->options->vm, "no desktop to show its windows on: %s",
			uv_strerror(wayland_fd));
		launch_end(launch, 1);
		return;
	}
	int code = view_create(&launch->loop, &options, &view_ops, launch, &launch->view);
	if (code < 0) {
		log_error(launch->options->vm, "cannot run %s: %s", options.program,
			uv_strerror(code));
		launch_note(launch, "vmsilo-windows-view cannot be run");
		follow_close(&launch->follow);
		open_again(launch);
		return;
	}
	launch->phase = PHASE_SHOWN;
	launch->opened_ms = uv_now(&launch->loop);
	for (size_t i = 0; i < launch->tokens_count; i++)
		token_send(launch, launch->tokens[i].cookie, launch->tokens[i].token);
	launch->tokens_count = 0;
}

/* ---- the broker ---- */

static void on_retry(uv_timer_t *timer)
{
	struct launch *launch = timer->data;

	follow_open(&launch->follow);
}

static void on_running(void *data, bool running)
{
	struct launch *launch = data;

	if (running) {
		launch->retry_ms = LAUNCH_RETRY_FIRST_MS;
		launch->refusals = 0;
		launch->phase = PHASE_OPENING;
		uv_timer_start(&launch->retry, on_retry, 0, 0);
		return;
	}
	uv_timer_stop(&launch->retry);
	launch_note(launch, "the VM does not run");
	view_forget(launch);
	launch->phase = PHASE_WAITING;
	if (!launch->options->stay)
		launch_end(launch, 0);
}

static void on_settings(void *data)
{
	struct launch *launch = data;

	if (launch->view)
		(void)view_send(launch->view, FRAME_DESK_SETTINGS, &launch->follow.settings.base);
}

static void on_stream(void *data, int fd, int region_fd, const struct token *token)
{
	struct launch *launch = data;
	_cleanup_close_ int stream_fd = fd;
	_cleanup_close_ int shared_fd = region_fd;
	Vmsilo__Desk__Settings *settings = &launch->follow.settings;

	launch->stream_token = *token;
	settings->token.data = launch->stream_token.bytes;
	settings->token.len = TOKEN_SIZE;
	view_start(launch, stream_fd, shared_fd);
	settings->token = (ProtobufCBinaryData){0};
}

static void on_refused(void *data, bool final, const char *text)
{
	struct launch *launch = data;

	launch_note(launch, text);
	if (final) {
		log_error(NULL, "%s", launch->note);
		launch_end(launch, 1);
		return;
	}
	log_debug(launch->options->vm, "no stream: %s", launch->note);
	open_again(launch);
}

static void on_taken(void *data, const char *text)
{
	struct launch *launch = data;

	launch_note(launch, text);
	log_info(NULL, "%s", launch->note);
	notice_show(&launch->notice, "Windows have moved", launch->note);
	launch_end(launch, 0);
}

static const struct follow_ops follow_ops = {.on_running = on_running,
	.on_settings = on_settings,
	.on_stream = on_stream,
	.on_refused = on_refused,
	.on_taken = on_taken};

/* ---- commands ---- */

/* To list windows is not to use them. */
static int desk_tell(void *data, uint16_t type, const ProtobufCMessage *message)
{
	struct launch *launch = data;

	if (type != FRAME_DESK_LIST)
		follow_use(&launch->follow);
	return launch->view ? view_send(launch->view, type, message) : UV_ENOTCONN;
}

static void token_add(struct launch *launch, const char *cookie, const char *token)
{
	struct kept_token *kept = &launch->tokens[launch->tokens_count];

	if (launch->view) {
		token_send(launch, cookie, token);
		return;
	}
	if (launch->tokens_count == LAUNCH_TOKENS_MAX)
		return;
	launch->tokens_count++;
	snprintf(kept->cookie, sizeof(kept->cookie), "%s", cookie);
	snprintf(kept->token, sizeof(kept->token), "%s", token);
}

static void desk_activate(void *data, const Vmsilo__Desk__Activate *activate)
{
	token_add(data, activate->cookie, activate->token);
}

static uint64_t desk_clipboard_max(void *data)
{
	const struct launch *launch = data;

	return launch->follow.settings.clipboard_bytes;
}

static const char *desk_note(void *data)
{
	const struct launch *launch = data;

	return launch->note;
}

/* ---- life ---- */

static void on_signal(uv_signal_t *handle, int number)
{
	(void)number;
	launch_end(handle->data, 0);
}

static int signals_start(struct launch *launch)
{
	static const int ends[] = {SIGTERM, SIGINT};
	int code = 0;

	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; code == 0 && i < 2; i++) {
		uv_signal_init(&launch->loop, &launch->signals[i]);
		launch->signals[i].data = launch;
		code = uv_signal_start(&launch->signals[i], on_signal, ends[i]);
	}
	return code;
}

static void timers_init(struct launch *launch)
{
	uv_timer_init(&launch->loop, &launch->retry);
	uv_timer_init(&launch->loop, &launch->end);
	launch->retry.data = launch->end.data = launch;
}

int launch_run(const struct launch_options *options, struct place *place)
{
	static struct launch launch; /* one a process */
	const struct desk_ops desk_ops = {.tell = desk_tell,
		.activate = desk_activate,
		.clipboard_max = desk_clipboard_max,
		.note = desk_note,
		.data = &launch};

	launch.options = options;
	launch.retry_ms = LAUNCH_RETRY_FIRST_MS;
	launch_note(&launch, "it is being connected");
	int code = uv_loop_init(&launch.loop);
	if (code == 0)
		code = desktop_watch(&launch);
	if (code < 0) {
		log_error(options->vm, "no desktop to show its windows on: %s", uv_strerror(code));
		return 1;
	}
	code = signals_start(&launch);
	if (code == 0)
		code = desk_init(&launch.desk, &launch.loop, place->socket_fd, &desk_ops);
	if (code < 0) {
		log_error(NULL, "cannot start: %s", uv_strerror(code));
		return 1;
	}
	timers_init(&launch);
	notice_init(&launch.notice, &launch.loop);
	if (options->cookie && options->token)
		token_add(&launch, options->cookie, options->token);
	follow_init(
		&launch.follow, &launch.loop, options->broker, options->vm, &follow_ops, &launch);
	launch.follow.take = options->take;
	uv_run(&launch.loop, UV_RUN_DEFAULT);
	uv_loop_close(&launch.loop);
	close(launch.desktop_fd);
	dbus_shutdown();
	return launch.exit_code;
}
