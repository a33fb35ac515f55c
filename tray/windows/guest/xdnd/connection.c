#include "tray/windows/guest/xdnd/connection.h"

#include <stdlib.h>
#include <string.h>
#include <xcb/xfixes.h>

#include "proto/base/log.h"
#include "tray/windows/guest/shell/server.h"
#include "tray/windows/guest/shell/wlroots.h"

#define XFIXES_MAJOR 6 /* since which a connection need not keep the server */

static const char *const names[XDND_ATOMS] = {
	[XDND_SELECTION] = "XdndSelection",
	[XDND_AWARE] = "XdndAware",
	[XDND_ENTER] = "XdndEnter",
	[XDND_POSITION] = "XdndPosition",
	[XDND_STATUS] = "XdndStatus",
	[XDND_LEAVE] = "XdndLeave",
	[XDND_DROP] = "XdndDrop",
	[XDND_FINISHED] = "XdndFinished",
	[XDND_TYPE_LIST] = "XdndTypeList",
	[XDND_ACTION_LIST] = "XdndActionList",
	[XDND_ACTION_COPY] = "XdndActionCopy",
	[XDND_ACTION_MOVE] = "XdndActionMove",
	[XDND_ACTION_ASK] = "XdndActionAsk",
	[XDND_ACTION_PRIVATE] = "XdndActionPrivate",
	[XDND_INCR] = "INCR",
	[XDND_DATA] = "_VMSILO_DROP",
	[XDND_WINDOW_TYPE] = "_NET_WM_WINDOW_TYPE_DND",
};

static void on_poll_closed(uv_handle_t *handle)
{
	free(handle);
}

void connection_close(struct connection *connection)
{
	if (connection->poll)
		uv_close((uv_handle_t *)connection->poll, on_poll_closed);
	connection->poll = NULL;
	if (connection->xcb)
		xcb_disconnect(connection->xcb);
	connection->xcb = NULL;
	connection->server->x11_drag_type = XCB_ATOM_NONE;
}

bool connection_is_managers(const struct connection *connection, xcb_window_t owner)
{
	struct wlr_xwayland *xwayland = connection->server->xwayland;
	xcb_connection_t *manager = xwayland ? wlr_xwayland_get_xwm_connection(xwayland) : NULL;

	if (!manager)
		return false;
	const xcb_setup_t *setup = xcb_get_setup(manager);
	return (owner & ~setup->resource_id_mask) == setup->resource_id_base;
}

void connection_take(struct connection *connection)
{
	xcb_generic_event_t *event;

	while (connection->xcb && (event = xcb_poll_for_event(connection->xcb))) {
		connection->on_event(connection->data, event);
		free(event);
	}
	if (!connection->xcb || !xcb_connection_has_error(connection->xcb))
		return;
	connection_close(connection);
	connection->on_lost(connection->data);
}

bool connection_take_queued(struct connection *connection)
{
	xcb_generic_event_t *event;
	bool any = false;

	while (connection->xcb && (event = xcb_poll_for_queued_event(connection->xcb))) {
		any = true;
		connection->on_event(connection->data, event);
		free(event);
	}
	return any;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	(void)status;
	(void)events;
	connection_take(poll->data);
}

static void atoms_find(struct connection *connection)
{
	xcb_intern_atom_cookie_t asked[XDND_ATOMS];

	for (size_t i = 0; i < XDND_ATOMS; i++)
		asked[i] =
			xcb_intern_atom(connection->xcb, 0, (uint16_t)strlen(names[i]), names[i]);
	for (size_t i = 0; i < XDND_ATOMS; i++) {
		xcb_intern_atom_reply_t *reply =
			xcb_intern_atom_reply(connection->xcb, asked[i], NULL);
		connection->atoms[i] = reply ? reply->atom : XCB_ATOM_NONE;
		free(reply);
	}
}

static bool xfixes_begin(struct connection *connection)
{
	const xcb_query_extension_reply_t *extension =
		xcb_get_extension_data(connection->xcb, &xcb_xfixes_id);

	if (!extension || !extension->present)
		return false;
	connection->xfixes = extension->first_event;
	xcb_xfixes_query_version_reply_t *version = xcb_xfixes_query_version_reply(
		connection->xcb, xcb_xfixes_query_version(connection->xcb, XFIXES_MAJOR, 0), NULL);
	bool usable = version && version->major_version >= XFIXES_MAJOR;
	free(version);
	return usable;
}

static void selection_watch(struct connection *connection)
{
	xcb_xfixes_set_client_disconnect_mode(
		connection->xcb, XCB_XFIXES_CLIENT_DISCONNECT_FLAGS_TERMINATE);
	xcb_xfixes_select_selection_input(connection->xcb, connection->root,
		connection->atoms[XDND_SELECTION],
		XCB_XFIXES_SELECTION_EVENT_MASK_SET_SELECTION_OWNER |
			XCB_XFIXES_SELECTION_EVENT_MASK_SELECTION_WINDOW_DESTROY |
			XCB_XFIXES_SELECTION_EVENT_MASK_SELECTION_CLIENT_CLOSE);
}

/* One that takes input alone has no surface, and so is no window to wlroots. */
static void window_make(struct connection *connection)
{
	static const uint32_t version = XDND_VERSION, placed_by_itself = 1;

	connection->window = xcb_generate_id(connection->xcb);
	xcb_create_window(connection->xcb, XCB_COPY_FROM_PARENT, connection->window,
		connection->root, 0, 0, 1, 1, 0, XCB_WINDOW_CLASS_INPUT_ONLY, XCB_COPY_FROM_PARENT,
		XCB_CW_OVERRIDE_REDIRECT, &placed_by_itself);
	xcb_change_property(connection->xcb, XCB_PROP_MODE_REPLACE, connection->window,
		connection->atoms[XDND_AWARE], XCB_ATOM_ATOM, 32, 1, &version);
}

void connection_show(struct connection *connection, int16_t x, int16_t y, uint16_t side)
{
	const uint32_t values[] = {(uint32_t)x, (uint32_t)y, side, side, XCB_STACK_MODE_ABOVE};

	xcb_configure_window(connection->xcb, connection->window,
		XCB_CONFIG_WINDOW_X | XCB_CONFIG_WINDOW_Y | XCB_CONFIG_WINDOW_WIDTH |
			XCB_CONFIG_WINDOW_HEIGHT | XCB_CONFIG_WINDOW_STACK_MODE,
		values);
	xcb_map_window(connection->xcb, connection->window);
	free(xcb_get_input_focus_reply(
		connection->xcb, xcb_get_input_focus(connection->xcb), NULL));
}

void connection_hide(struct connection *connection)
{
	xcb_unmap_window(connection->xcb, connection->window);
}

void connection_say(struct connection *connection, xcb_window_t to, enum xdnd_atom type,
	uint32_t words[XDND_WORDS])
{
	xcb_client_message_event_t event = {
		.response_type = XCB_CLIENT_MESSAGE,
		.format = 32,
		.window = to,
		.type = connection->atoms[type],
	};

	words[0] = connection->window;
	memcpy(event.data.data32, words, sizeof(event.data.data32));
	xcb_send_event(connection->xcb, 0, to, XCB_EVENT_MASK_NO_EVENT, (const char *)&event);
}

static int poll_begin(struct connection *connection)
{
	uv_poll_t *poll = malloc(sizeof(*poll));
	int code = poll ? uv_poll_init(connection->server->loop, poll,
				  xcb_get_file_descriptor(connection->xcb))
			: UV_ENOMEM;

	if (code < 0) {
		free(poll);
		return code;
	}
	poll->data = connection;
	connection->poll = poll;
	return uv_poll_start(poll, UV_READABLE, on_readable);
}

bool connection_open(struct connection *connection)
{
	connection_close(connection);
	connection->xcb =
		xcb_connect_to_fd(xwayland_connection_take(&connection->server->x11), NULL);
	if (xcb_connection_has_error(connection->xcb) || !xfixes_begin(connection) ||
		poll_begin(connection) < 0) {
		if (!xcb_connection_has_error(connection->xcb))
			log_warning(NULL, "drags of X11 programs will not reach other windows");
		connection_close(connection);
		return false;
	}
	connection->root = xcb_setup_roots_iterator(xcb_get_setup(connection->xcb)).data->root;
	atoms_find(connection);
	selection_watch(connection);
	window_make(connection);
	connection->server->x11_drag_type = connection->atoms[XDND_WINDOW_TYPE];
	xcb_flush(connection->xcb);
	return true;
}
