#include "tray/windows/guest/shell/announce.h"

#include "proto/base/log.h"

static bool send_ready(const struct server *server)
{
	return stream_ready(server->stream);
}

/* ---- that they are there ---- */

/* X11 programs may say that windows are above each other, or above a menu. */
static uint32_t parent_number(const struct window *window)
{
	const struct window *above = window->parent;

	for (size_t i = 0; above && above != window && i < WINDOWS_MAX; i++)
		above = above->parent;
	if (above || !window->parent || window->parent->kind->popup)
		return 0;
	return window->parent->number;
}

static void toplevel_send(struct window *window)
{
	Vmsilo__Windows__Toplevel toplevel = VMSILO__WINDOWS__TOPLEVEL__INIT;

	toplevel.window = window->number;
	toplevel.parent = parent_number(window);
	toplevel.x11 = window->x11;
	window->kind->describe(window, &toplevel.base);
	stream_send(window->server->stream, FRAME_WINDOWS_TOPLEVEL, &toplevel.base);
}

static void popup_send(struct window *window)
{
	Vmsilo__Windows__Popup popup = VMSILO__WINDOWS__POPUP__INIT;

	popup.window = window->number;
	popup.parent = window->parent->number;
	popup.x11 = window->x11;
	window->kind->describe(window, &popup.base);
	stream_send(window->server->stream, FRAME_WINDOWS_POPUP, &popup.base);
}

static void window_tell(struct window *window)
{
	window->changed = false;
	if (!window->kind->popup)
		toplevel_send(window);
	else if (window->parent && window->parent->number > 0)
		popup_send(window);
}

static bool window_can_be_new(const struct window *window)
{
	const struct server *server = window->server;

	if (!window->wanted || window->number > 0)
		return false;
	if (window->kind->popup && (!window->parent || window->parent->number == 0))
		return false;
	return server->announced < server->stream->settings->windows;
}

/* A child that was told of before its parent is told of again. */
static void children_describe(struct window *parent)
{
	struct window *window;

	wl_list_for_each (window, &parent->server->windows, link)
		if (window->parent == parent && window->number > 0)
			window_describe(window);
}

static void window_announce(struct window *window)
{
	window->number = stream_number(window->server->stream);
	window->server->announced++;
	children_describe(window);
	if (window->kind->begin)
		window->kind->begin(window);
	window_tell(window);
}

/* ---- what their programs want ---- */

static void request_send(struct window *window, Vmsilo__Windows__Request request)
{
	Vmsilo__Windows__WindowRequest message = VMSILO__WINDOWS__WINDOW_REQUEST__INIT;

	message.window = window->number;
	message.request = request;
	message.edges = request == VMSILO__WINDOWS__REQUEST__REQUEST_RESIZE ? window->edges : 0;
	stream_send(window->server->stream, FRAME_WINDOWS_REQUEST, &message.base);
}

static void requests_send(struct window *window)
{
	for (int request = 1; request <= VMSILO__WINDOWS__REQUEST__REQUEST_ATTENTION; request++)
		if (window->requests & 1u << request)
			request_send(window, (Vmsilo__Windows__Request)request);
	window->requests = 0;
}

static void token_send(struct window *window)
{
	Vmsilo__Windows__Activate activate = VMSILO__WINDOWS__ACTIVATE__INIT;

	activate.window = window->number;
	activate.token = window->token;
	stream_send(window->server->stream, FRAME_WINDOWS_ACTIVATE, &activate.base);
	window->token[0] = '\0';
}

static void window_say(struct window *window)
{
	if (window->changed)
		window_tell(window);
	if (window->token[0])
		token_send(window);
	if (window->requests)
		requests_send(window);
}

/* ---- that they are gone ---- */

static void gone_send(struct server *server)
{
	Vmsilo__Windows__Gone gone = VMSILO__WINDOWS__GONE__INIT;

	for (size_t i = 0; i < server->gone_count; i++) {
		gone.window = server->gone_list[i];
		stream_send(server->stream, FRAME_WINDOWS_GONE, &gone.base);
	}
	server->gone_count = 0;
}

void announce_gone(struct window *window)
{
	struct server *server = window->server;

	if (window->number == 0)
		return;
	stream_frame_leave(server->stream, window->number);
	server->gone_list[server->gone_count++] = window->number;
	server->announced--;
	window->number = 0;
	if (send_ready(server) ||
		server->gone_count == sizeof(server->gone_list) / sizeof(uint32_t))
		gone_send(server);
}

/* Whether there was a new one. */
static bool windows_say(struct server *server)
{
	struct window *window;
	bool any = false;

	wl_list_for_each (window, &server->windows, link) {
		if (!send_ready(server))
			return false;
		if (window_can_be_new(window)) {
			window_announce(window);
			any = true;
		}
		if (window->number > 0)
			window_say(window);
	}
	return any;
}

void announce_windows(struct server *server)
{
	if (!send_ready(server))
		return;
	gone_send(server);
	/* A popup may stand before its parent, and comes after it. */
	while (windows_say(server))
		continue;
}
