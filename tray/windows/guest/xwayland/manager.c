#include "tray/windows/guest/xwayland/manager.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <wlr/xcursor.h>
#include <wlr/xwayland.h>
#include <wlr/xwayland/shell.h>
#include <xcb/xcbext.h>
#include <xcb/xfixes.h>

#include "tray/windows/guest/xwayland/process.h"

#define CURSOR_SIZE 24 /* pixels: X11's usual */
#define WAITING_MAX 64 /* programs that have connected, and whom Xwayland does not know yet */

/* ---- what wlroots believes to be answered ---- */

/*
 * When it begins to manage windows wlroots 0.18 takes for granted that Xwayland lives until it has
 * answered twice, and reads the answers without a look. In this program these functions stand
 * before those of libxcb, which wlroots calls them for. Once it has begun it hears of the end like
 * of any other.
 */
struct xcb_errors_context;
int xcb_errors_context_new(xcb_connection_t *xcb, struct xcb_errors_context **ret);
void xcb_errors_context_free(struct xcb_errors_context *context);
const char *xcb_errors_get_name_for_major_code(
	struct xcb_errors_context *context, uint8_t major_code);
const char *xcb_errors_get_name_for_xcb_event(
	struct xcb_errors_context *context, xcb_generic_event_t *event, const char **ret_extension);

xcb_xfixes_query_version_reply_t *xcb_xfixes_query_version_reply(xcb_connection_t *xcb,
	xcb_xfixes_query_version_cookie_t cookie, xcb_generic_error_t **ret_error)
{
	xcb_xfixes_query_version_reply_t *reply =
		xcb_wait_for_reply(xcb, cookie.sequence, ret_error);

	return reply ? reply : calloc(1, sizeof(*reply));
}

/* Names of errors, for a log that nobody reads; each extension would be asked for. */
int xcb_errors_context_new(xcb_connection_t *xcb, struct xcb_errors_context **ret)
{
	(void)xcb;
	*ret = NULL;
	return 0;
}

void xcb_errors_context_free(struct xcb_errors_context *context)
{
	(void)context;
}

const char *xcb_errors_get_name_for_major_code(
	struct xcb_errors_context *context, uint8_t major_code)
{
	(void)context;
	(void)major_code;
	return NULL;
}

const char *xcb_errors_get_name_for_xcb_event(
	struct xcb_errors_context *context, xcb_generic_event_t *event, const char **ret_extension)
{
	(void)context;
	(void)event;
	(void)ret_extension;
	return NULL;
}

/* ---- one Xwayland ---- */

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

bool manager_create(struct manager *manager, struct wl_client *client)
{
	manager->current = wlr_xwayland_create_with_server(
		manager->display, manager->compositor, manager->server);
	if (!manager->current)
		return false;
	manager->current->shell_v1 = manager->shell;
	manager->server->client = client;
	wlr_xwayland_shell_v1_set_client(manager->shell, client);
	return true;
}

bool manager_begin(struct manager *manager, int fd)
{
	struct wlr_xwayland_server *server = manager->server;
	struct wlr_xwayland_server_ready_event event = {.server = server, .wm_fd = fd};

	server->wm_fd[0] = fd;
	wl_signal_emit_mutable(&server->events.ready, &event);
	server->wm_fd[0] = -1; /* xcb's, also if it could not begin */
	if (!manager->current->xwm)
		return false;
	cursor_set(manager->current);
	return true;
}

void manager_forget(struct manager *manager)
{
	manager->server->client = NULL;
}

void manager_destroy(struct manager *manager)
{
	struct wlr_xwayland *current = manager->current;

	if (!current)
		return;
	manager->current = NULL;
	current->shell_v1 = NULL; /* the next one's as well */
	wlr_xwayland_destroy(current);
}

/* ---- life ---- */

/* Xwayland is started by us, not by wlroots. */
static void doors_take(struct wlr_xwayland_server *server)
{
	for (size_t i = 0; i < 2; i++) {
		wl_event_source_remove(server->x_fd_read_event[i]);
		server->x_fd_read_event[i] = NULL;
		listen(server->x_fd[i], WAITING_MAX);
	}
}

bool manager_init(
	struct manager *manager, struct wl_display *display, struct wlr_compositor *compositor)
{
	struct wlr_xwayland_server_options options = {
		.lazy = true, .enable_wm = true, .terminate_delay = XWAYLAND_TERMINATE_S};

	*manager = (struct manager){.display = display, .compositor = compositor};
	manager->server = wlr_xwayland_server_create(display, &options);
	if (!manager->server)
		return false;
	doors_take(manager->server);
	manager->shell = wlr_xwayland_shell_v1_create(display, 1);
	if (!manager->shell)
		manager_finish(manager);
	return manager->server != NULL;
}

void manager_finish(struct manager *manager)
{
	manager_destroy(manager);
	wlr_xwayland_shell_v1_destroy(manager->shell);
	wlr_xwayland_server_destroy(manager->server);
	manager->shell = NULL;
	manager->server = NULL;
}
