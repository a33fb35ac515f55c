#include "tray/windows/guest/shell/overhang.h"

#include <stdlib.h>

#include "tray/windows/guest/pixels/scale.h"
#include "tray/windows/guest/shell/wlroots.h"

struct overhang {
	struct window window;
	struct wlr_box box; /* in the owner's picture */
	unsigned int walk;  /* the last one that met it */
};

static struct overhang *overhang_of(struct window *window)
{
	struct overhang *overhang = wl_container_of(window, overhang, window);

	return overhang;
}

static void overhang_describe(struct window *window, ProtobufCMessage *message)
{
	Vmsilo__Windows__Popup *popup = (Vmsilo__Windows__Popup *)message;
	const struct wlr_box *box = &overhang_of(window)->box;

	popup->anchor_x = scale_up(box->x, window->scale);
	popup->anchor_y = scale_up(box->y, window->scale);
	popup->anchor_width = popup->anchor_height = 1;
	popup->anchor = VMSILO__WINDOWS__EDGE__EDGE_TOP | VMSILO__WINDOWS__EDGE__EDGE_LEFT;
	popup->gravity = VMSILO__WINDOWS__EDGE__EDGE_BOTTOM | VMSILO__WINDOWS__EDGE__EDGE_RIGHT;
	popup->width = (uint32_t)scale_up(box->width, window->scale);
	popup->height = (uint32_t)scale_up(box->height, window->scale);
}

static void overhang_crop(struct window *window, struct wlr_box *ret)
{
	const struct wlr_box *box = &overhang_of(window)->box;

	*ret = (struct wlr_box){0, 0, box->width, box->height};
}

static void overhang_nothing(struct window *window)
{
	(void)window;
}

static bool overhang_release(struct window *window)
{
	(void)window;
	return false;
}

static uint32_t overhang_serial(struct window *window)
{
	return window->state.serial;
}

static const struct window_kind overhang_kind = {
	.popup = true,
	.describe = overhang_describe,
	.crop = overhang_crop,
	.configure = overhang_nothing,
	/* The program's own menu: it closes it when it likes. */
	.close = overhang_nothing,
	.release = overhang_release,
	.serial = overhang_serial,
};

static int64_t area_of(const struct wlr_box *box)
{
	return (int64_t)box->width * box->height;
}

/* A window's content may be a subsurface, too, which hangs over for a moment while the window
 * becomes smaller; and a frame's shadow, which takes no input. */
bool overhang_is(const struct window *owner, struct wlr_surface *surface, const struct wlr_box *box)
{
	const struct wlr_box inside = {0, 0, owner->crop.width, owner->crop.height};
	struct wlr_box covered;

	if (wlr_box_empty(box) || wlr_box_empty(&inside) || owner->kind == &overhang_kind)
		return false;
	bool meets = wlr_box_intersection(&covered, box, &inside);
	if (meets && (wlr_box_equal(&covered, box) || area_of(&covered) * 2 > area_of(&inside)))
		return false;
	return pixman_region32_not_empty(&surface->input_region);
}

static struct overhang *overhang_find(struct window *owner, const struct wlr_surface *surface)
{
	struct window *window;

	wl_list_for_each (window, &owner->server->windows, link)
		if (window->kind == &overhang_kind && window->parent == owner &&
			window->surface == surface)
			return overhang_of(window);
	return NULL;
}

struct window *overhang_take(struct window *owner, struct member *member, const struct wlr_box *box)
{
	struct overhang *overhang = overhang_find(owner, member->surface);

	if (!overhang) {
		overhang = calloc(1, sizeof(*overhang));
		if (!overhang)
			return owner;
		window_init(&overhang->window, owner->server, &overhang_kind);
		overhang->window.parent = owner;
		overhang->window.scale = owner->scale;
		overhang->window.x11 = owner->x11;
		overhang->window.surface = member->surface;
		overhang->box = *box;
		window_show(&overhang->window, member->surface);
		overhang->window.mapped = true;
	}
	if (!wlr_box_equal(&overhang->box, box))
		window_describe(&overhang->window);
	overhang->box = *box;
	overhang->walk = owner->server->walk;
	overhang_crop(&overhang->window, &overhang->window.crop);
	return &overhang->window;
}

void overhang_shift(const struct window *target, const struct window *owner, struct wlr_box *box)
{
	if (target == owner)
		return;
	const struct overhang *overhang = wl_container_of(target, overhang, window);
	box->x -= overhang->box.x;
	box->y -= overhang->box.y;
}

void overhangs_end(struct window *owner, unsigned int walk)
{
	struct window *window, *next;

	wl_list_for_each_safe (window, next, &owner->server->windows, link) {
		if (window->kind != &overhang_kind || window->parent != owner)
			continue;
		members_drop_unmet(window, walk);
		if (overhang_of(window)->walk == walk)
			continue;
		window_finish(window);
		free(overhang_of(window));
	}
}
