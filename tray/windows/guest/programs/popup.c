#include "tray/windows/guest/programs/popup.h"

#include <stdlib.h>

#include "tray/windows/guest/pixels/scale.h"
#include "tray/windows/guest/policy/serials.h"
#include "tray/windows/guest/shell/window.h"
#include "tray/windows/guest/shell/wlroots.h"

struct popup {
	struct window window;
	struct wlr_xdg_popup *xdg;
	struct serials serials;
	struct wl_listener commit, map, unmap, destroy, reposition;
};

static struct popup *popup_of(struct window *window)
{
	struct popup *popup = wl_container_of(window, popup, window);

	return popup;
}

/* xdg_positioner counts its anchors and gravities, the stream has edges. */
static uint32_t edges_of(uint32_t anchor)
{
	static const uint8_t edges[] = {
		[XDG_POSITIONER_ANCHOR_NONE] = 0,
		[XDG_POSITIONER_ANCHOR_TOP] = 1,
		[XDG_POSITIONER_ANCHOR_BOTTOM] = 2,
		[XDG_POSITIONER_ANCHOR_LEFT] = 4,
		[XDG_POSITIONER_ANCHOR_RIGHT] = 8,
		[XDG_POSITIONER_ANCHOR_TOP_LEFT] = 1 | 4,
		[XDG_POSITIONER_ANCHOR_BOTTOM_LEFT] = 2 | 4,
		[XDG_POSITIONER_ANCHOR_TOP_RIGHT] = 1 | 8,
		[XDG_POSITIONER_ANCHOR_BOTTOM_RIGHT] = 2 | 8,
	};

	return anchor < sizeof(edges) ? edges[anchor] : 0;
}

static int32_t place_of(const struct window *window, int32_t value)
{
	int32_t physical =
		scale_up(scale_bound(value, -WINDOWS_PLACE_MAX, WINDOWS_PLACE_MAX), window->scale);

	return scale_bound(physical, -WINDOWS_PLACE_MAX, WINDOWS_PLACE_MAX);
}

static uint32_t side_of(const struct window *window, int32_t value, int32_t most)
{
	return (uint32_t)scale_bound(scale_up(scale_bound(value, 0, most), window->scale), 1, most);
}

static void popup_describe(struct window *window, ProtobufCMessage *message)
{
	const struct wlr_xdg_popup *xdg = popup_of(window)->xdg;
	const struct wlr_xdg_positioner_rules *rules = &xdg->scheduled.rules;
	Vmsilo__Windows__Popup *ret = (Vmsilo__Windows__Popup *)message;

	ret->anchor_x = place_of(window, rules->anchor_rect.x);
	ret->anchor_y = place_of(window, rules->anchor_rect.y);
	ret->anchor_width = side_of(window, rules->anchor_rect.width, WINDOWS_PLACE_MAX);
	ret->anchor_height = side_of(window, rules->anchor_rect.height, WINDOWS_PLACE_MAX);
	ret->anchor = edges_of(rules->anchor);
	ret->gravity = edges_of(rules->gravity);
	ret->adjustment = rules->constraint_adjustment;
	ret->width = side_of(window, rules->size.width, WINDOWS_SIDE_MAX);
	ret->height = side_of(window, rules->size.height, WINDOWS_SIDE_MAX);
	ret->offset_x = place_of(window, rules->offset.x);
	ret->offset_y = place_of(window, rules->offset.y);
	ret->grab = xdg->seat != NULL;
}

static void popup_crop(struct window *window, struct wlr_box *ret)
{
	wlr_xdg_surface_get_geometry(popup_of(window)->xdg->base, ret);
}

static uint32_t popup_serial(struct window *window)
{
	const struct popup *popup = popup_of(window);

	return serials_host(&popup->serials, popup->xdg->base->current.configure_serial);
}

/* Where the host put it. wlroots has answered a new place by itself before; this one follows. */
static void popup_configure(struct window *window)
{
	struct popup *popup = popup_of(window);
	const struct window_state *state = &window->state;

	if (!popup->xdg->base->initialized)
		return;
	popup->xdg->scheduled.geometry = (struct wlr_box){
		.x = scale_down(state->x, window->scale),
		.y = scale_down(state->y, window->scale),
		.width = scale_bound(scale_down(state->width, window->scale), 1, WINDOWS_SIDE_MAX),
		.height =
			scale_bound(scale_down(state->height, window->scale), 1, WINDOWS_SIDE_MAX),
	};
	serials_add(&popup->serials, wlr_xdg_surface_schedule_configure(popup->xdg->base),
		state->serial);
}

static void popup_close(struct window *window)
{
	wlr_xdg_popup_destroy(popup_of(window)->xdg);
}

/* Without a host there is nobody who sees it. */
static bool popup_release(struct window *window)
{
	popup_close(window);
	return true;
}

static const struct window_kind popup_kind = {
	.popup = true,
	.describe = popup_describe,
	.crop = popup_crop,
	.configure = popup_configure,
	.close = popup_close,
	.release = popup_release,
	.serial = popup_serial,
};

static void on_commit(struct wl_listener *listener, void *data)
{
	struct popup *popup = wl_container_of(listener, popup, commit);
	struct window *window = &popup->window;

	(void)data;
	if (!popup->xdg->base->initial_commit)
		return;
	if (!stream_open(window->server->stream)) {
		wlr_xdg_popup_destroy(popup->xdg);
		return;
	}
	window->parent = popup->xdg->parent ? window_of_root(popup->xdg->parent) : NULL;
	if (window->parent)
		window_set_scale(window, window->parent->scale);
	window_show(window, popup->xdg->base->surface);
}

static void on_map(struct wl_listener *listener, void *data)
{
	struct popup *popup = wl_container_of(listener, popup, map);

	(void)data;
	window_map(&popup->window);
}

static void on_unmap(struct wl_listener *listener, void *data)
{
	struct popup *popup = wl_container_of(listener, popup, unmap);

	(void)data;
	window_hide(&popup->window);
	popup->serials = (struct serials){0};
}

static void on_reposition(struct wl_listener *listener, void *data)
{
	struct popup *popup = wl_container_of(listener, popup, reposition);

	(void)data;
	window_describe(&popup->window);
}

static void on_destroy(struct wl_listener *listener, void *data)
{
	struct popup *popup = wl_container_of(listener, popup, destroy);

	(void)data;
	server_deafen(&popup->commit);
	server_deafen(&popup->map);
	server_deafen(&popup->unmap);
	server_deafen(&popup->destroy);
	server_deafen(&popup->reposition);
	window_finish(&popup->window);
	free(popup);
}

void popup_on_new(struct wl_listener *listener, void *data)
{
	struct server *server = wl_container_of(listener, server, new_popup);
	struct wlr_xdg_popup *xdg = data;
	struct popup *popup = calloc(1, sizeof(*popup));

	if (!popup) {
		wl_resource_post_no_memory(xdg->resource);
		return;
	}
	popup->xdg = xdg;
	window_init(&popup->window, server, &popup_kind);
	server_listen(&popup->commit, &xdg->base->surface->events.commit, on_commit);
	server_listen(&popup->map, &xdg->base->surface->events.map, on_map);
	server_listen(&popup->unmap, &xdg->base->surface->events.unmap, on_unmap);
	server_listen(&popup->destroy, &xdg->events.destroy, on_destroy);
	server_listen(&popup->reposition, &xdg->events.reposition, on_reposition);
}
