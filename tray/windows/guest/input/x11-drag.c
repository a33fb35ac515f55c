#include "tray/windows/guest/input/x11-drag.h"

#include <stdlib.h>
#include <string.h>
#include <xcb/xfixes.h>

#include "proto/base/log.h"
#include "tray/windows/guest/shell/server.h"
#include "tray/windows/guest/shell/wlroots.h"

#define XFIXES_MAJOR 6 /* since which a connection need not keep the server */

static void on_poll_closed(uv_handle_t *handle)
{
	free(handle);
}

static void disconnect(struct x11_drag *drag)
{
	if (drag->poll)
		uv_close((uv_handle_t *)drag->poll, on_poll_closed);
	drag->poll = NULL;
	if (drag->connection)
		xcb_disconnect(drag->connection);
	drag->connection = NULL;
	drag->server->x11_drag_type = XCB_ATOM_NONE;
}

/* Whether it is wlroots that offers X11 programs what a Wayland program drags. */
static bool is_ours(const struct x11_drag *drag, xcb_window_t owner)
{
	xcb_connection_t *manager = wlr_xwayland_get_xwm_connection(drag->server->xwayland);

	if (!manager)
		return false;
	const xcb_setup_t *setup = xcb_get_setup(manager);
	return (owner & ~setup->resource_id_mask) == setup->resource_id_base;
}

static void on_event(struct x11_drag *drag, const xcb_generic_event_t *event)
{
	const xcb_xfixes_selection_notify_event_t *notify = (const void *)event;

	if ((event->response_type & 0x7f) != drag->event + XCB_XFIXES_SELECTION_NOTIFY)
		return;
	if (notify->owner != XCB_WINDOW_NONE && !is_ours(drag, notify->owner))
		drag->on_begin(drag->data);
}

static void events_take(struct x11_drag *drag)
{
	xcb_generic_event_t *event;

	while ((event = xcb_poll_for_event(drag->connection))) {
		on_event(drag, event);
		free(event);
	}
	if (xcb_connection_has_error(drag->connection))
		disconnect(drag);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	(void)status;
	(void)events;
	events_take(poll->data);
}

static xcb_atom_t atom_find(xcb_connection_t *connection, const char *name)
{
	xcb_intern_atom_reply_t *reply = xcb_intern_atom_reply(
		connection, xcb_intern_atom(connection, 0, (uint16_t)strlen(name), name), NULL);
	xcb_atom_t atom = reply ? reply->atom : XCB_ATOM_NONE;

	free(reply);
	return atom;
}

static bool xfixes_begin(struct x11_drag *drag)
{
	xcb_connection_t *connection = drag->connection;
	const xcb_query_extension_reply_t *extension =
		xcb_get_extension_data(connection, &xcb_xfixes_id);

	if (!extension || !extension->present)
		return false;
	drag->event = extension->first_event;
	xcb_xfixes_query_version_reply_t *version = xcb_xfixes_query_version_reply(
		connection, xcb_xfixes_query_version(connection, XFIXES_MAJOR, 0), NULL);
	bool usable = version && version->major_version >= XFIXES_MAJOR;
	free(version);
	return usable;
}

static void selection_watch(struct x11_drag *drag)
{
	xcb_connection_t *connection = drag->connection;
	xcb_window_t root = xcb_setup_roots_iterator(xcb_get_setup(connection)).data->root;

	xcb_xfixes_set_client_disconnect_mode(
		connection, XCB_XFIXES_CLIENT_DISCONNECT_FLAGS_TERMINATE);
	xcb_xfixes_select_selection_input(connection, root, atom_find(connection, "XdndSelection"),
		XCB_XFIXES_SELECTION_EVENT_MASK_SET_SELECTION_OWNER);
	drag->server->x11_drag_type = atom_find(connection, "_NET_WM_WINDOW_TYPE_DND");
	xcb_flush(connection);
}

static int poll_begin(struct x11_drag *drag)
{
	uv_poll_t *poll = malloc(sizeof(*poll));
	int code = poll ? uv_poll_init(drag->server->loop, poll,
				  xcb_get_file_descriptor(drag->connection))
			: UV_ENOMEM;

	if (code < 0) {
		free(poll);
		return code;
	}
	poll->data = drag;
	drag->poll = poll;
	return uv_poll_start(poll, UV_READABLE, on_readable);
}

static void on_ready(struct wl_listener *listener, void *data)
{
	struct x11_drag *drag = wl_container_of(listener, drag, ready);

	(void)data;
	disconnect(drag);
	drag->connection = xcb_connect(drag->server->xwayland->display_name, NULL);
	if (xcb_connection_has_error(drag->connection) || !xfixes_begin(drag) ||
		poll_begin(drag) < 0) {
		log_warning(NULL, "drags of X11 programs will not reach other windows");
		disconnect(drag);
		return;
	}
	selection_watch(drag);
	events_take(drag); /* that came with answers */
}

void x11_drag_init(
	struct x11_drag *drag, struct server *server, void (*on_begin)(void *data), void *data)
{
	*drag = (struct x11_drag){.server = server, .on_begin = on_begin, .data = data};
	wl_list_init(&drag->ready.link);
	if (server->xwayland)
		server_listen(&drag->ready, &server->xwayland->events.ready, on_ready);
}

void x11_drag_finish(struct x11_drag *drag)
{
	server_deafen(&drag->ready);
	disconnect(drag);
}
