#include "tray/windows/guest/xwayland/xwayland.h"

#include <stdio.h>
#include <string.h>
#include <wlr/xcursor.h>
#include <wlr/xwayland.h>

#include "proto/base/log.h"

#define CURSOR_SIZE 24 /* pixels: X11's usual */
#define STARTING_MS 50 /* until wlroots knows as well that one did not start */

static void current_make(struct xwayland *xwayland);

/* ---- it runs ---- */

/* What the pointer looks like where a program has not said: without it there would be none. */
static void cursor_set(struct wlr_xwayland *current)
{
	struct wlr_xcursor_theme *theme = wlr_xcursor_theme_load(NULL, CURSOR_SIZE);
	const struct wlr_xcursor *cursor =
		theme ? wlr_xcursor_theme_get_cursor(theme, "left_ptr") : NULL;

	if (theme && !cursor)
		cursor = wlr_xcursor_theme_get_cursor(theme, "default");
	if (cursor) {
		const struct wlr_xcursor_image *image = cursor->images[0];
		wlr_xwayland_set_cursor(current, image->buffer, image->width * 4, image->width,
			image->height, (int32_t)image->hotspot_x, (int32_t)image->hotspot_y);
	}
	if (theme)
		wlr_xcursor_theme_destroy(theme);
}

static void on_ready(struct wl_listener *listener, void *data)
{
	struct xwayland *xwayland = wl_container_of(listener, xwayland, ready);

	(void)data;
	cursor_set(xwayland->current);
	xwayland->ops->on_ready(xwayland->data);
}

/* xcb has wlroots' descriptor since wlroots heard the same, and closes it. wlroots 0.18 closes the
 * number as well when Xwayland ends: it may be that of another by then, which libwayland goes on to
 * hear of after it was freed. */
static void on_server_ready(struct wl_listener *listener, void *data)
{
	struct xwayland *xwayland = wl_container_of(listener, xwayland, server_ready);

	(void)data;
	xwayland->current->server->wm_fd[0] = -1;
}

/* ---- it ends ---- */

static void listeners_forget(struct xwayland *xwayland)
{
	struct wl_listener *listeners[] = {&xwayland->start, &xwayland->ready,
		&xwayland->server_ready, &xwayland->client_gone};

	for (size_t i = 0; i < sizeof(listeners) / sizeof(*listeners); i++) {
		wl_list_remove(&listeners[i]->link);
		wl_list_init(&listeners[i]->link);
	}
}

static void current_drop(struct xwayland *xwayland)
{
	struct wlr_xwayland *current = xwayland->current;

	if (!current)
		return;
	listeners_forget(xwayland);
	xwayland->current = NULL;
	xwayland->ops->on_use(xwayland->data, NULL);
	wlr_xwayland_destroy(current);
}

static void on_timer(uv_timer_t *timer)
{
	struct xwayland *xwayland = timer->data;

	/* It is to take its child in first. */
	if (xwayland->current && xwayland->current->server->pipe_source) {
		uv_timer_start(timer, on_timer, STARTING_MS, 0);
		return;
	}
	current_drop(xwayland);
	current_make(xwayland);
	if (xwayland->current && strcmp(xwayland->current->display_name, xwayland->name) != 0)
		log_warning(NULL, "X11 programs are shown on display %s now, and no more on %s",
			xwayland->current->display_name, xwayland->name);
}

static void on_client_gone(struct wl_listener *listener, void *data)
{
	struct xwayland *xwayland = wl_container_of(listener, xwayland, client_gone);
	struct wlr_xwayland_server *server = xwayland->current->server;

	wl_list_remove(&listener->link);
	wl_list_init(&listener->link);
	if (server->x_fd_read_event[0])
		return; /* wlroots waits for the next program */
	/* One that did not start stays its client, although it is freed now; unless wlroots frees
	 * it, which it does with its listener taken away. */
	if (server->client == data && server->client_destroy.link.next)
		server->client = NULL;
	uint64_t pause = x11_pause(&xwayland->ends, uv_now(xwayland->loop));
	if (pause > 0)
		log_warning(NULL, "Xwayland has ended %u times before it was ready",
			xwayland->ends.count);
	uv_timer_start(&xwayland->timer, on_timer, pause, 0);
}

static void on_start(struct wl_listener *listener, void *data)
{
	struct xwayland *xwayland = wl_container_of(listener, xwayland, start);
	struct wl_client *client = xwayland->current->server->client;

	(void)data;
	wl_list_remove(&xwayland->client_gone.link);
	wl_list_init(&xwayland->client_gone.link);
	if (client)
		wl_client_add_destroy_listener(client, &xwayland->client_gone);
}

/* ---- life ---- */

static void current_make(struct xwayland *xwayland)
{
	struct wlr_xwayland *current =
		wlr_xwayland_create(xwayland->display, xwayland->compositor, true);

	if (!current) {
		log_warning(NULL, "X11 programs are not shown: Xwayland cannot be used");
		return;
	}
	xwayland->current = current;
	wl_signal_add(&current->server->events.start, &xwayland->start);
	wl_signal_add(&current->server->events.ready, &xwayland->server_ready);
	wl_signal_add(&current->events.ready, &xwayland->ready);
	xwayland->ops->on_use(xwayland->data, current);
}

bool xwayland_init(struct xwayland *xwayland, uv_loop_t *loop, struct wl_display *display,
	struct wlr_compositor *compositor, const struct xwayland_ops *ops, void *data)
{
	*xwayland = (struct xwayland){.loop = loop,
		.display = display,
		.compositor = compositor,
		.ops = ops,
		.data = data};
	xwayland->start.notify = on_start;
	xwayland->ready.notify = on_ready;
	xwayland->server_ready.notify = on_server_ready;
	xwayland->client_gone.notify = on_client_gone;
	wl_list_init(&xwayland->start.link);
	wl_list_init(&xwayland->ready.link);
	wl_list_init(&xwayland->server_ready.link);
	wl_list_init(&xwayland->client_gone.link);
	uv_timer_init(loop, &xwayland->timer);
	xwayland->timer.data = xwayland;
	current_make(xwayland);
	if (xwayland->current)
		snprintf(xwayland->name, sizeof(xwayland->name), "%s",
			xwayland->current->display_name);
	return xwayland->current != NULL;
}

void xwayland_finish(struct xwayland *xwayland)
{
	current_drop(xwayland);
	if (!uv_is_closing((uv_handle_t *)&xwayland->timer))
		uv_close((uv_handle_t *)&xwayland->timer, NULL);
}
