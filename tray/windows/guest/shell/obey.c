#include "tray/windows/guest/shell/obey.h"

#include "tray/windows/guest/pixels/scale.h"
#include "tray/windows/guest/shell/announce.h"
#include "tray/windows/guest/shell/window.h"

static void configure(struct server *server, const Vmsilo__Windows__Configure *message)
{
	struct window *window = window_find(server, message->window);

	if (!window || window->kind->popup)
		return;
	window_set_scale(window, message->scale);
	window->state = (struct window_state){
		.serial = message->serial,
		.width = scale_bound((int32_t)message->width, 0, WINDOWS_SIDE_MAX),
		.height = scale_bound((int32_t)message->height, 0, WINDOWS_SIDE_MAX),
		.activated = message->activated,
		.maximized = message->maximized,
		.fullscreen = message->fullscreen,
		.resizing = message->resizing,
		.tiled = message->tiled,
		.hidden = message->hidden,
		.bounds_width = scale_bound((int32_t)message->bounds_width, 0, WINDOWS_SIDE_MAX),
		.bounds_height = scale_bound((int32_t)message->bounds_height, 0, WINDOWS_SIDE_MAX),
	};
	window->configured = true;
	window->kind->configure(window);
	server_want_beat(server);
}

static void place(struct server *server, const Vmsilo__Windows__PopupPlace *message)
{
	struct window *window = window_find(server, message->window);

	if (!window || !window->kind->popup)
		return;
	window_set_scale(window, message->scale);
	window->state = (struct window_state){
		.serial = message->serial,
		.x = scale_bound(message->x, -WINDOWS_PLACE_MAX, WINDOWS_PLACE_MAX),
		.y = scale_bound(message->y, -WINDOWS_PLACE_MAX, WINDOWS_PLACE_MAX),
		.width = scale_bound((int32_t)message->width, 1, WINDOWS_SIDE_MAX),
		.height = scale_bound((int32_t)message->height, 1, WINDOWS_SIDE_MAX),
	};
	window->configured = true;
	window->kind->configure(window);
}

static void close_wish(struct server *server, uint32_t number)
{
	struct window *window = window_find(server, number);

	if (window && !window->kind->popup)
		window->kind->close(window);
}

/* GONE answers, whatever its program does. */
static void dismiss(struct server *server, uint32_t number)
{
	struct window *window = window_find(server, number);

	if (!window || !window->kind->popup)
		return;
	announce_gone(window);
	window_forget(window);
	window->wanted = false;
	window->kind->close(window);
}

static void frame_done(struct server *server, const Vmsilo__Windows__FrameDone *message)
{
	struct window *window = window_find(server, message->window);

	if (window)
		frames_done(window, message);
}

static void shared_release(struct server *server, const Vmsilo__Windows__SharedRelease *message)
{
	struct window *window = window_find(server, message->window);

	if (window)
		frames_released(window, message->offset);
}

void obey(struct server *server, uint16_t type, const ProtobufCMessage *message)
{
	if (type == FRAME_WINDOWS_CONFIGURE)
		configure(server, (const Vmsilo__Windows__Configure *)message);
	else if (type == FRAME_WINDOWS_POPUP_PLACE)
		place(server, (const Vmsilo__Windows__PopupPlace *)message);
	else if (type == FRAME_WINDOWS_POPUP_DONE)
		dismiss(server, ((const Vmsilo__Windows__PopupDone *)message)->window);
	else if (type == FRAME_WINDOWS_CLOSE)
		close_wish(server, ((const Vmsilo__Windows__Close *)message)->window);
	else if (type == FRAME_WINDOWS_FRAME_DONE)
		frame_done(server, (const Vmsilo__Windows__FrameDone *)message);
	else if (type == FRAME_WINDOWS_SHARED_RELEASE)
		shared_release(server, (const Vmsilo__Windows__SharedRelease *)message);
}

/* ---- the stream ---- */

void obey_begin(struct server *server)
{
	server_want_beat(server);
}

/* One menu takes those above it along, so it is begun anew after each. */
static bool popup_release(struct server *server)
{
	struct window *window;

	wl_list_for_each (window, &server->windows, link)
		if (window->kind->popup && window->kind->release(window))
			return true;
	return false;
}

void obey_end(struct server *server)
{
	struct window *window;

	server->announced = server->gone_count = 0;
	server->pixels = 0;
	wl_list_for_each (window, &server->windows, link) {
		if (window->number > 0)
			window_forget(window);
		/* Nobody answers now: programs go on, unseen. */
		if (!window->kind->popup)
			window->kind->release(window);
	}
	while (popup_release(server))
		continue;
	server_want_beat(server);
}
