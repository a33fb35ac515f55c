#include "tray/windows/guest/shell/server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wlr/render/wlr_renderer.h>
#include <wlr/util/log.h>

#include "proto/base/log.h"
#include "tray/windows/guest/shell/beat.h"
#include "tray/windows/guest/shell/member.h"
#include "tray/windows/guest/shell/wlroots.h"

void server_listen(struct wl_listener *listener, struct wl_signal *signal, wl_notify_func_t notify)
{
	listener->notify = notify;
	wl_signal_add(signal, listener);
}

void server_want_beat(struct server *server)
{
	server->beat_wanted = true;
}

void server_deafen(struct wl_listener *listener)
{
	wl_list_remove(&listener->link);
	wl_list_init(&listener->link);
}

bool server_is_x11(const struct server *server, const struct wl_client *client)
{
	return xwayland_is(&server->x11, client);
}

static void on_wayland(uv_poll_t *poll, int status, int events)
{
	struct server *server = poll->data;

	(void)status;
	(void)events;
	wl_event_loop_dispatch(server->events, 0);
}

/* xcb reads as well when it writes, or is asked for an answer: what X11 said lies in its queue
 * then, and no descriptor tells of it. The loop's dispatch asks all that wlroots wants asked again.
 */
void server_catch_up(struct server *server)
{
	wl_event_loop_dispatch(server->events, 0);
}

void server_flush(struct server *server)
{
	wl_event_loop_dispatch_idle(server->events);
	wl_display_flush_clients(server->display);
}

static void on_wlroots(enum wlr_log_importance importance, const char *format, va_list arguments)
{
	char text[512];

	vsnprintf(text, sizeof(text), format, arguments);
	/* X11 programs that are killed leave harmless ones behind. */
	bool usual = importance != WLR_ERROR || strstr(text, "xwm.c");
	log_write(usual ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO, NULL, NULL, "%s", text);
}

static int core_create(struct server *server)
{
	server->display = wl_display_create();
	if (!server->display)
		return UV_ENOMEM;
	server->events = wl_display_get_event_loop(server->display);
	server->backend = wlr_headless_backend_create(server->events);
	server->renderer = server->backend ? wlr_pixman_renderer_create() : NULL;
	if (!server->renderer || !wlr_renderer_init_wl_shm(server->renderer, server->display))
		return UV_ENOMEM;
	server->compositor = wlr_compositor_create(server->display, 6, server->renderer);
	if (!server->compositor || !wlr_subcompositor_create(server->display))
		return UV_ENOMEM;
	server->seat = wlr_seat_create(server->display, "seat0");
	server->scroll = scroll_create();
	return server->seat && server->scroll ? 0 : UV_ENOMEM;
}

static int socket_open(struct server *server, const char *name)
{
	snprintf(server->socket, sizeof(server->socket), "%s", name);
	if (wl_display_add_socket(server->display, server->socket) == 0)
		return 0;
	log_error(NULL, "cannot listen on %s in XDG_RUNTIME_DIR (%s): %m; is another one running?",
		name, getenv("XDG_RUNTIME_DIR") ? getenv("XDG_RUNTIME_DIR") : "which is not set");
	return UV_EADDRINUSE;
}

static int loop_join(struct server *server)
{
	int code = uv_poll_init(server->loop, &server->poll, wl_event_loop_get_fd(server->events));

	if (code == 0) {
		server->poll.data = server;
		code = uv_poll_start(&server->poll, UV_READABLE, on_wayland);
	}
	beat_init(server);
	return code;
}

int server_init(struct server *server, uv_loop_t *loop, struct stream *stream)
{
	*server = (struct server){.loop = loop, .stream = stream};
	wlr_log_init(WLR_ERROR, on_wlroots);
	wl_list_init(&server->windows);
	wl_signal_init(&server->events_of.gone);
	wl_signal_init(&server->events_of.changed);
	wl_signal_init(&server->events_of.x11_ready);
	int code = core_create(server);
	if (code == 0)
		code = screens_init(server);
	return code;
}

int server_open(struct server *server, const char *name)
{
	members_watch(server);
	int code = socket_open(server, name);
	if (code == 0 && !wlr_backend_start(server->backend))
		code = UV_EIO;
	return code == 0 ? loop_join(server) : code;
}

void server_finish(struct server *server)
{
	xwayland_finish(&server->x11);
	wl_display_destroy_clients(server->display);
	server_deafen(&server->new_surface);
	uv_close((uv_handle_t *)&server->poll, NULL);
	uv_close((uv_handle_t *)&server->beat, NULL);
	wl_display_destroy(server->display);
	wlr_renderer_destroy(server->renderer);
	scroll_destroy(server->scroll);
	free(server->scratch.pixels);
}
