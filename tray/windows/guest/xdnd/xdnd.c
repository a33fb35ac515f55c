#include "tray/windows/guest/xdnd/xdnd.h"

#include <stdlib.h>
#include <unistd.h>
#include <xcb/xfixes.h>

#include "tray/windows/guest/shell/server.h"

#define SIDE 64         /* pixels of our window: a motion in it is one */
#define FROM_CORNER 128 /* of X11's screen, where no program's window is */
#define ACTIONS_LIST_MAX 16

/* ---- what became of it ---- */

static void finished_say(struct xdnd *xdnd, enum xdnd_action action)
{
	const xcb_atom_t *atoms = xdnd->connection.atoms;
	uint32_t words[XDND_WORDS] = {0};

	words[1] = action != 0;
	words[2] = action == XDND_MOVE   ? atoms[XDND_ACTION_MOVE]
		   : action == XDND_COPY ? atoms[XDND_ACTION_COPY]
					 : XCB_ATOM_NONE;
	connection_say(&xdnd->connection, xdnd->source, XDND_FINISHED, words);
}

static void xdnd_end(struct xdnd *xdnd)
{
	if (xdnd->connection.xcb && xdnd->phase != XDND_IDLE)
		connection_hide(&xdnd->connection);
	xdnd->phase = XDND_IDLE;
	offer_end(&xdnd->offer);
	transfers_end(&xdnd->transfers);
}

/* ---- the Wayland side ---- */

static void on_send(void *data, const char *type, int fd)
{
	struct xdnd *xdnd = data;
	xcb_atom_t target = xdnd_types_find(&xdnd->types, type);

	if (target == XCB_ATOM_NONE)
		close(fd);
	else
		transfers_begin(&xdnd->transfers, target, xdnd->time, fd);
}

/* A program gave it back while it was over it: the next position offers it anew. */
static void on_gone(void *data)
{
	struct xdnd *xdnd = data;

	if (xdnd->phase == XDND_OFFERED)
		xdnd->phase = XDND_ENTERED;
}

static const struct offer_ops offer_ops = {.on_send = on_send, .on_gone = on_gone};

void xdnd_place(const struct xdnd *xdnd, double x, double y, int32_t *ret_x, int32_t *ret_y)
{
	*ret_x = xdnd->x + (int32_t)((unsigned int)(int)x % SIDE);
	*ret_y = xdnd->y + (int32_t)((unsigned int)(int)y % SIDE);
}

void xdnd_over(struct xdnd *xdnd, struct wlr_surface *surface, double x, double y, uint32_t time_ms)
{
	offer_over(&xdnd->offer, surface, x, y, time_ms);
}

void xdnd_press(struct xdnd *xdnd)
{
	if (xdnd->phase != XDND_DROPPED)
		xdnd_end(xdnd);
}

/* ---- what the source says ---- */

static enum xdnd_action action_of(const struct xdnd *xdnd, xcb_atom_t atom)
{
	const xcb_atom_t *atoms = xdnd->connection.atoms;

	if (atom == XCB_ATOM_NONE)
		return 0;
	if (atom == atoms[XDND_ACTION_COPY] || atom == atoms[XDND_ACTION_PRIVATE])
		return XDND_COPY;
	if (atom == atoms[XDND_ACTION_MOVE])
		return XDND_MOVE;
	return atom == atoms[XDND_ACTION_ASK] ? XDND_ASK : 0;
}

/* NULL, or at most so many atoms of a property of the source's. */
static xcb_get_property_reply_t *atoms_read(
	struct xdnd *xdnd, enum xdnd_atom property, uint32_t most)
{
	xcb_connection_t *xcb = xdnd->connection.xcb;
	xcb_get_property_reply_t *reply = xcb_get_property_reply(xcb,
		xcb_get_property(xcb, 0, xdnd->source, xdnd->connection.atoms[property],
			XCB_ATOM_ATOM, 0, most),
		NULL);

	if (reply && reply->format == 32)
		return reply;
	free(reply);
	return NULL;
}

static void types_read(struct xdnd *xdnd, const xcb_atom_t *atoms, size_t count)
{
	xcb_connection_t *xcb = xdnd->connection.xcb;
	xcb_get_atom_name_cookie_t asked[XDND_TYPES_MAX];

	if (count > XDND_TYPES_MAX)
		count = XDND_TYPES_MAX;
	for (size_t i = 0; i < count; i++)
		asked[i] = xcb_get_atom_name(xcb, atoms[i]);
	for (size_t i = 0; i < count; i++) {
		xcb_get_atom_name_reply_t *reply = xcb_get_atom_name_reply(xcb, asked[i], NULL);
		if (reply)
			xdnd_types_add(&xdnd->types, atoms[i], xcb_get_atom_name_name(reply),
				(size_t)xcb_get_atom_name_name_length(reply));
		free(reply);
	}
	xdnd_types_complete(&xdnd->types);
}

static void list_read(struct xdnd *xdnd)
{
	xcb_get_property_reply_t *reply = atoms_read(xdnd, XDND_TYPE_LIST, XDND_TYPES_MAX);

	if (reply)
		types_read(xdnd, xcb_get_property_value(reply), reply->value_len);
	free(reply);
}

static void actions_read(struct xdnd *xdnd)
{
	xcb_get_property_reply_t *reply = atoms_read(xdnd, XDND_ACTION_LIST, ACTIONS_LIST_MAX);
	const xcb_atom_t *atoms = reply ? xcb_get_property_value(reply) : NULL;

	xdnd->listed = 0;
	for (uint32_t i = 0; reply && i < reply->value_len; i++)
		xdnd->listed |= action_of(xdnd, atoms[i]);
	free(reply);
}

static void on_enter(struct xdnd *xdnd, const uint32_t *words)
{
	struct xdnd_enter enter;

	if (xdnd->phase == XDND_IDLE || xdnd->phase == XDND_DROPPED ||
		!xdnd_enter_read(words, &enter))
		return;
	xdnd->phase = XDND_ENTERED;
	offer_end(&xdnd->offer);
	xdnd->source = enter.window;
	xdnd->told = 0;
	xdnd->types.count = 0;
	if (enter.listed)
		list_read(xdnd);
	else
		types_read(xdnd, enter.types, enter.count);
	actions_read(xdnd);
}

static void on_position(struct xdnd *xdnd, const uint32_t *words)
{
	enum xdnd_action proposed = action_of(xdnd, words[4]);

	/* Programs are told of actions when it enters them. */
	if (xdnd->phase == XDND_OFFERED && words[4] != xdnd->proposed) {
		xdnd->phase = XDND_ENTERED;
		offer_end(&xdnd->offer);
	}
	xdnd->time = words[3];
	xdnd->proposed = words[4];
	xdnd->status_due = true;
	if (xdnd->phase == XDND_OFFERED ||
		!offer_begin(&xdnd->offer, &xdnd->types, xdnd_actions(proposed, xdnd->listed),
			proposed == XDND_ASK))
		return;
	xdnd->phase = XDND_OFFERED;
	xdnd->ops->on_offered(xdnd->data);
}

static void on_leave(struct xdnd *xdnd)
{
	xdnd->phase = XDND_FOLLOWED;
	offer_end(&xdnd->offer);
}

/* A drop is the release of the button, which we told it. */
static void on_drop(struct xdnd *xdnd, const uint32_t *words)
{
	bool released = xdnd->server->seat->pointer_state.button_count == 0;
	bool offered = xdnd->phase == XDND_OFFERED;

	xdnd->time = words[2];
	xdnd->phase = XDND_DROPPED;
	if (!offered || !released || !offer_drop(&xdnd->offer, words[2]))
		offer_end(&xdnd->offer);
}

static void on_message(struct xdnd *xdnd, const xcb_client_message_event_t *event)
{
	const xcb_atom_t *atoms = xdnd->connection.atoms;
	const uint32_t *words = event->data.data32;

	if (event->window != xdnd->connection.window || event->format != 32)
		return;
	if (event->type == atoms[XDND_ENTER])
		on_enter(xdnd, words);
	if ((xdnd->phase != XDND_ENTERED && xdnd->phase != XDND_OFFERED) ||
		words[0] != xdnd->source)
		return;
	if (event->type == atoms[XDND_POSITION])
		on_position(xdnd, words);
	else if (event->type == atoms[XDND_LEAVE])
		on_leave(xdnd);
	else if (event->type == atoms[XDND_DROP])
		on_drop(xdnd, words);
}

/* ---- who owns what is dragged ---- */

static void on_owner(struct xdnd *xdnd, xcb_window_t owner)
{
	const struct wlr_output *screen = xdnd->server->screens.x11;

	xdnd_end(xdnd);
	if (owner == XCB_WINDOW_NONE || connection_is_managers(&xdnd->connection, owner))
		return;
	xdnd->x = (int16_t)(screen->width - FROM_CORNER);
	xdnd->y = (int16_t)(screen->height - FROM_CORNER);
	if (!xdnd->ops->on_begin(xdnd->data))
		return;
	xdnd->phase = XDND_FOLLOWED;
	connection_show(&xdnd->connection, xdnd->x, xdnd->y, SIDE);
}

static void on_event(void *data, const xcb_generic_event_t *event)
{
	struct xdnd *xdnd = data;
	uint8_t type = event->response_type & 0x7f;

	if (type == XCB_CLIENT_MESSAGE)
		on_message(xdnd, (const void *)event);
	else if (type == XCB_SELECTION_NOTIFY)
		transfers_on_notify(&xdnd->transfers, (const void *)event);
	else if (type == XCB_PROPERTY_NOTIFY)
		transfers_on_property(&xdnd->transfers, (const void *)event);
	else if (type == xdnd->connection.xfixes + XCB_XFIXES_SELECTION_NOTIFY)
		on_owner(xdnd, ((const xcb_xfixes_selection_notify_event_t *)event)->owner);
}

static void on_lost(void *data)
{
	xdnd_end(data);
}

static void on_ready(struct wl_listener *listener, void *data)
{
	struct xdnd *xdnd = wl_container_of(listener, xdnd, ready);

	(void)data;
	xdnd_end(xdnd);
	if (connection_open(&xdnd->connection))
		connection_take(&xdnd->connection); /* that came with answers */
}

/* ---- each turn ---- */

static void status_say(struct xdnd *xdnd)
{
	const xcb_atom_t *atoms = xdnd->connection.atoms;
	enum xdnd_action action = xdnd->phase == XDND_OFFERED ? offer_action(&xdnd->offer) : 0;
	uint32_t words[XDND_WORDS] = {0};

	if (!xdnd->status_due && action == xdnd->told)
		return;
	xdnd->status_due = false;
	xdnd->told = action;
	/* Each motion is to be told, wherever it is. */
	words[1] = (action != 0 ? 1u : 0u) | 2u;
	words[4] = action == XDND_COPY   ? atoms[XDND_ACTION_COPY]
		   : action == XDND_MOVE ? atoms[XDND_ACTION_MOVE]
		   : action == XDND_ASK  ? atoms[XDND_ACTION_ASK]
					 : XCB_ATOM_NONE;
	connection_say(&xdnd->connection, xdnd->source, XDND_STATUS, words);
}

static void answers_say(struct xdnd *xdnd)
{
	const struct offer *offer = &xdnd->offer;
	uint32_t action = offer->finished ? offer->source.current_dnd_action : 0;

	if (xdnd->phase == XDND_ENTERED || xdnd->phase == XDND_OFFERED)
		status_say(xdnd);
	if (xdnd->phase != XDND_DROPPED || (offer->there && !offer->finished) ||
		(offer->finished && xdnd->transfers.count > 0))
		return;
	finished_say(xdnd, (enum xdnd_action)action);
	xdnd_end(xdnd);
}

void xdnd_flush(struct xdnd *xdnd)
{
	if (!xdnd->connection.xcb)
		return;
	do {
		answers_say(xdnd);
		xcb_flush(xdnd->connection.xcb);
	} while (connection_take_queued(&xdnd->connection));
}

/* ---- life ---- */

void xdnd_init(struct xdnd *xdnd, struct server *server, const struct xdnd_ops *ops, void *data)
{
	*xdnd = (struct xdnd){.server = server, .ops = ops, .data = data};
	xdnd->connection = (struct connection){
		.server = server, .on_event = on_event, .on_lost = on_lost, .data = xdnd};
	transfers_init(&xdnd->transfers, &xdnd->connection);
	offer_init(&xdnd->offer, server, &offer_ops, xdnd);
	server_listen(&xdnd->ready, &server->events_of.x11_ready, on_ready);
}

void xdnd_finish(struct xdnd *xdnd)
{
	server_deafen(&xdnd->ready);
	xdnd_end(xdnd);
	connection_close(&xdnd->connection);
}
