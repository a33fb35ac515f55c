#include "tray/windows/guest/xdnd/offer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tray/windows/guest/shell/server.h"

static_assert((int)XDND_COPY == WL_DATA_DEVICE_MANAGER_DND_ACTION_COPY, "as Wayland's");
static_assert((int)XDND_MOVE == WL_DATA_DEVICE_MANAGER_DND_ACTION_MOVE, "as Wayland's");
static_assert((int)XDND_ASK == WL_DATA_DEVICE_MANAGER_DND_ACTION_ASK, "as Wayland's");

/* ---- wlroots' source ---- */

static void on_send(struct wlr_data_source *source, const char *type, int32_t fd)
{
	struct offer *offer = wl_container_of(source, offer, source);

	offer->ops->on_send(offer->data, type, fd);
}

static void on_drop(struct wlr_data_source *source)
{
	struct offer *offer = wl_container_of(source, offer, source);

	offer->dropped = true;
	source->compositor_action = 0; /* the program says now what the user answered */
}

/* wlroots goes on with the source, and destroys it for the programs of today alone: offer_end() is
 * for the others. */
static void on_finish(struct wlr_data_source *source)
{
	struct offer *offer = wl_container_of(source, offer, source);

	offer->finished = offer->dropped;
}

static void on_destroy(struct wlr_data_source *source)
{
	struct offer *offer = wl_container_of(source, offer, source);

	offer->there = false;
	offer->ops->on_gone(offer->data);
}

static const struct wlr_data_source_impl source_impl = {
	.send = on_send,
	.dnd_drop = on_drop,
	.dnd_finish = on_finish,
	.destroy = on_destroy,
};

/* ---- wlroots' drag ---- */

/* It leaves no program behind that believes the drag to be over it: wlroots does so for the seat's.
 */
static void on_drag_destroy(struct wl_listener *listener, void *data)
{
	struct offer *offer = wl_container_of(listener, offer, drag_destroy);
	struct wlr_seat_pointer_grab *grab = &offer->drag->pointer_grab;

	(void)data;
	grab->interface->clear_focus(grab);
	server_deafen(&offer->drag_destroy);
	offer->drag = NULL;
}

void offer_init(struct offer *offer, struct server *server, const struct offer_ops *ops, void *data)
{
	*offer = (struct offer){.server = server, .ops = ops, .data = data};
	wl_list_init(&offer->drag_destroy.link);
}

static bool types_add(struct wlr_data_source *source, const struct xdnd_types *types)
{
	for (size_t i = 0; i < types->count; i++) {
		char *name = strdup(types->list[i].name);
		char **at = name ? wl_array_add(&source->mime_types, sizeof(*at)) : NULL;
		if (!at) {
			free(name);
			return false;
		}
		*at = name;
	}
	return true;
}

/* Xwayland's, for whom it is; NULL. */
static struct wlr_drag *drag_create(struct offer *offer)
{
	const struct server *server = offer->server;
	const struct wlr_xwayland *xwayland = server->xwayland;
	struct wlr_seat_client *client =
		xwayland && xwayland->server && xwayland->server->client
			? wlr_seat_client_for_wl_client(server->seat, xwayland->server->client)
			: NULL;

	return client ? wlr_drag_create(client, &offer->source, NULL) : NULL;
}

bool offer_begin(struct offer *offer, const struct xdnd_types *types, uint32_t actions, bool ask)
{
	offer_end(offer);
	offer->dropped = offer->finished = false;
	offer->there = true;
	wlr_data_source_init(&offer->source, &source_impl);
	offer->source.actions = (int32_t)actions;
	offer->source.compositor_action = ask ? XDND_ASK : 0;
	if (types_add(&offer->source, types))
		offer->drag = drag_create(offer);
	if (!offer->drag) {
		offer_end(offer);
		return false;
	}
	offer->drag->pointer_grab.seat = offer->server->seat;
	server_listen(&offer->drag_destroy, &offer->drag->events.destroy, on_drag_destroy);
	return true;
}

void offer_over(
	struct offer *offer, struct wlr_surface *surface, double x, double y, uint32_t time_ms)
{
	struct wlr_seat_pointer_grab *grab = offer->drag ? &offer->drag->pointer_grab : NULL;

	if (!grab)
		return;
	if (!surface) {
		grab->interface->clear_focus(grab);
		return;
	}
	grab->interface->enter(grab, surface, x, y);
	grab->interface->motion(grab, time_ms, x, y);
}

enum xdnd_action offer_action(const struct offer *offer)
{
	bool over = offer->there && (offer->dropped || (offer->drag && offer->drag->focus_client));

	return over && offer->source.accepted ? (enum xdnd_action)offer->source.current_dnd_action
					      : 0;
}

bool offer_drop(struct offer *offer, uint32_t time_ms)
{
	struct wlr_seat_pointer_grab *grab = offer->drag ? &offer->drag->pointer_grab : NULL;

	if (grab)
		grab->interface->button(grab, time_ms, grab->seat->pointer_state.grab_button,
			WL_POINTER_BUTTON_STATE_RELEASED);
	if (!offer->dropped)
		offer_end(offer);
	return offer->there;
}

void offer_end(struct offer *offer)
{
	if (offer->there)
		wlr_data_source_destroy(&offer->source);
}
