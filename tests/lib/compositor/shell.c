/* Windows: xdg-shell, who draws their titles, tokens. What it does not allow is what the protocol
 * and its four well-known compositors call an error. */
#include <stdlib.h>
#include <xdg-activation-v1-server-protocol.h>
#include <xdg-decoration-unstable-v1-server-protocol.h>
#include <xdg-shell-server-protocol.h>

#include "tests/lib/compositor/play.h"

static struct play_xdg *xdg_of(struct wl_resource *resource)
{
	return resource ? wl_resource_get_user_data(resource) : NULL;
}

/* The topmost popup with the grab. */
static struct play_xdg *grab_top(void)
{
	struct play_xdg *xdg;

	wl_list_for_each (xdg, &play.xdgs, link) /* the newest first */
		if (xdg->grabs && xdg->role.resource)
			return xdg;
	return NULL;
}

static bool has_popups(const struct play_xdg *parent)
{
	const struct play_xdg *xdg;

	wl_list_for_each (xdg, &play.xdgs, link)
		if (xdg->popup && xdg->parent == parent && xdg->role.resource)
			return true;
	return false;
}

/* ---- positioners ---- */

struct positioner {
	int32_t width, height, anchor_width, anchor_height;
};

static void on_size(
	struct wl_client *client, struct wl_resource *resource, int32_t width, int32_t height)
{
	struct positioner *positioner = wl_resource_get_user_data(resource);

	(void)client;
	play_must(width > 0 && height > 0, "a positioner of no size");
	positioner->width = width;
	positioner->height = height;
}

static void on_anchor_rect(struct wl_client *client, struct wl_resource *resource, int32_t x,
	int32_t y, int32_t width, int32_t height)
{
	struct positioner *positioner = wl_resource_get_user_data(resource);

	(void)client;
	(void)x;
	(void)y;
	play_must(width > 0 && height > 0, "an anchor of no size");
	positioner->anchor_width = width;
	positioner->anchor_height = height;
}

static void on_edge(struct wl_client *client, struct wl_resource *resource, uint32_t edge)
{
	(void)client;
	(void)resource;
	play_must(edge <= XDG_POSITIONER_GRAVITY_BOTTOM_RIGHT, "an edge that is none");
}

static void on_adjustment(struct wl_client *client, struct wl_resource *resource, uint32_t bits)
{
	(void)client;
	(void)resource;
	play_must(bits < 64, "an adjustment that is none");
}

static const struct xdg_positioner_interface positioner_requests = {
	.destroy = play_end,
	.set_size = on_size,
	.set_anchor_rect = on_anchor_rect,
	.set_anchor = on_edge,
	.set_gravity = on_edge,
	.set_constraint_adjustment = on_adjustment,
	.set_offset = IGNORED,
	.set_reactive = IGNORED,
	.set_parent_size = IGNORED,
	.set_parent_configure = IGNORED,
};

static void on_positioner_end(struct wl_resource *resource)
{
	free(wl_resource_get_user_data(resource));
}

static void on_create_positioner(
	struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
	struct positioner *positioner = calloc(1, sizeof(*positioner));

	play_must(positioner != NULL, "no memory");
	play_make(client, &xdg_positioner_interface, wl_resource_get_version(resource), id,
		&positioner_requests, positioner, on_positioner_end);
}

/* ---- configures ---- */

static void configure_send(struct play_xdg *xdg, const struct play_configure *what)
{
	struct play_configure *sent;

	if (xdg->count == PLAY_SENT_MAX)
		return;
	sent = &xdg->sent[xdg->count++];
	*sent = *what;
	sent->serial = play_serial();
	xdg_surface_send_configure(xdg->resource, sent->serial);
}

static void toplevel_configure(
	struct play_xdg *xdg, int32_t width, int32_t height, unsigned int states)
{
	struct play_configure what = {.width = width, .height = height};
	struct wl_array array;

	if (xdg->count == PLAY_SENT_MAX)
		return;
	wl_array_init(&array);
	for (uint32_t i = 0; i < 9; i++)
		if (states >> i & 1)
			*(uint32_t *)wl_array_add(&array, sizeof(uint32_t)) = i + 1;
	what.maximized = states >> (XDG_TOPLEVEL_STATE_MAXIMIZED - 1) & 1;
	what.fullscreen = states >> (XDG_TOPLEVEL_STATE_FULLSCREEN - 1) & 1;
	xdg_toplevel_send_configure(xdg->role.resource, width, height, &array);
	wl_array_release(&array);
	configure_send(xdg, &what);
}

static void popup_configure(struct play_xdg *xdg)
{
	const struct play_configure what = {0};

	if (xdg->count == PLAY_SENT_MAX)
		return;
	xdg_popup_send_configure(
		xdg->role.resource, xdg->at[0], xdg->at[1], xdg->at[2], xdg->at[3]);
	configure_send(xdg, &what);
}

/* ---- toplevels ---- */

static void on_toplevel_destroy(struct wl_client *client, struct wl_resource *resource)
{
	struct play_xdg *xdg = xdg_of(resource);

	(void)client;
	play_must(!xdg->decoration.resource, "a toplevel goes before its decoration");
	play_must(!has_popups(xdg), "a toplevel goes before its popups");
	wl_resource_destroy(resource);
}

static void on_set_parent(
	struct wl_client *client, struct wl_resource *resource, struct wl_resource *parent)
{
	struct play_xdg *xdg = xdg_of(resource), *above = xdg_of(parent);

	(void)client;
	for (struct play_xdg *at = above; at; at = at->parent)
		play_must(at != xdg, "a toplevel above itself");
	xdg->parent = above;
}

static void on_set_title(struct wl_client *client, struct wl_resource *resource, const char *title)
{
	(void)client;
	(void)resource;
	/* The VM's name is there whatever the guest says. */
	play_must(title[0] == '[', "a title without its VM");
}

static void on_resize(struct wl_client *client, struct wl_resource *resource,
	struct wl_resource *seat, uint32_t serial, uint32_t edges)
{
	(void)client;
	(void)resource;
	(void)seat;
	(void)serial;
	play_must(edges <= 10 && (edges & 3) != 3 && (edges & 12) != 12, "edges that are none");
}

static void on_min_size(
	struct wl_client *client, struct wl_resource *resource, int32_t width, int32_t height)
{
	struct play_xdg *xdg = xdg_of(resource);

	(void)client;
	play_must(width >= 0 && height >= 0, "a negative size");
	xdg->min_width = width;
	xdg->min_height = height;
}

static void on_max_size(
	struct wl_client *client, struct wl_resource *resource, int32_t width, int32_t height)
{
	struct play_xdg *xdg = xdg_of(resource);

	(void)client;
	play_must(width >= 0 && height >= 0, "a negative size");
	xdg->max_width = width;
	xdg->max_height = height;
}

static const struct xdg_toplevel_interface toplevel_requests = {
	.destroy = on_toplevel_destroy,
	.set_parent = on_set_parent,
	.set_title = on_set_title,
	.set_app_id = IGNORED,
	.show_window_menu = IGNORED,
	.move = IGNORED,
	.resize = on_resize,
	.set_max_size = on_max_size,
	.set_min_size = on_min_size,
	.set_maximized = IGNORED,
	.unset_maximized = IGNORED,
	.set_fullscreen = IGNORED,
	.unset_fullscreen = IGNORED,
	.set_minimized = IGNORED,
};

static void role_take(struct play_xdg *xdg, struct wl_resource *role, enum play_role kind)
{
	play_must(!xdg->role.resource, "a window's second role");
	play_surface_role(xdg->surface, kind);
	grip_set(&xdg->role, role);
}

static void on_get_toplevel(struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
	struct play_xdg *xdg = xdg_of(resource);

	role_take(xdg,
		play_make(client, &xdg_toplevel_interface, wl_resource_get_version(resource), id,
			&toplevel_requests, xdg, NULL),
		ROLE_TOPLEVEL);
}

/* ---- popups ---- */

static void on_popup_destroy(struct wl_client *client, struct wl_resource *resource)
{
	struct play_xdg *xdg = xdg_of(resource);

	(void)client;
	play_must(!has_popups(xdg), "a popup goes before what is above it");
	play_must(!xdg->grabs || grab_top() == xdg, "a popup goes before a later grab");
	wl_resource_destroy(resource);
}

static void on_grab(struct wl_client *client, struct wl_resource *resource,
	struct wl_resource *seat, uint32_t serial)
{
	struct play_xdg *xdg = xdg_of(resource);
	const struct play_xdg *top = grab_top();

	(void)client;
	(void)seat;
	(void)serial;
	play_must(!xdg->begun, "a grab after the first commit");
	play_must(top ? xdg->parent == top : !xdg->parent->popup, "a grab not on the topmost");
	xdg->grabs = true;
}

static void place_take(struct play_xdg *xdg, struct wl_resource *resource)
{
	const struct positioner *positioner = wl_resource_get_user_data(resource);

	play_must(positioner->width > 0 && positioner->anchor_width > 0,
		"a positioner that is not complete");
	xdg->at[2] = positioner->width;
	xdg->at[3] = positioner->height;
}

static void on_reposition(struct wl_client *client, struct wl_resource *resource,
	struct wl_resource *positioner, uint32_t token)
{
	struct play_xdg *xdg = xdg_of(resource);

	(void)client;
	place_take(xdg, positioner);
	xdg_popup_send_repositioned(resource, token);
	popup_configure(xdg);
}

static const struct xdg_popup_interface popup_requests = {
	.destroy = on_popup_destroy, .grab = on_grab, .reposition = on_reposition};

static void on_get_popup(struct wl_client *client, struct wl_resource *resource, uint32_t id,
	struct wl_resource *parent, struct wl_resource *positioner)
{
	struct play_xdg *xdg = xdg_of(resource);

	play_must(parent != NULL && xdg_of(parent)->role.resource, "a popup without a parent");
	play_must(xdg_of(parent)->begun, "a popup of what is not shown");
	xdg->popup = true;
	xdg->parent = xdg_of(parent);
	place_take(xdg, positioner);
	role_take(xdg,
		play_make(client, &xdg_popup_interface, wl_resource_get_version(resource), id,
			&popup_requests, xdg, NULL),
		ROLE_POPUP);
}

/* ---- xdg_surface ---- */

static void on_xdg_destroy(struct wl_client *client, struct wl_resource *resource)
{
	(void)client;
	play_must(!xdg_of(resource)->role.resource, "an xdg_surface goes before its role");
	wl_resource_destroy(resource);
}

static void on_geometry(struct wl_client *client, struct wl_resource *resource, int32_t x,
	int32_t y, int32_t width, int32_t height)
{
	struct play_xdg *xdg = xdg_of(resource);

	(void)client;
	(void)x;
	(void)y;
	play_must(xdg->role.resource != NULL, "a geometry without a role");
	play_must(width > 0 && height > 0, "a geometry of no size");
	xdg->width = width;
	xdg->height = height;
}

static void on_acknowledge(struct wl_client *client, struct wl_resource *resource, uint32_t serial)
{
	struct play_xdg *xdg = xdg_of(resource);
	unsigned int at = 0;

	(void)client;
	while (at < xdg->count && xdg->sent[at].serial != serial)
		at++;
	play_must(at < xdg->count, "an acknowledgement of what was not sent");
	xdg->obeyed = xdg->sent[at++];
	xdg->count -= at;
	for (unsigned int i = 0; i < xdg->count; i++)
		xdg->sent[i] = xdg->sent[i + at];
}

static const struct xdg_surface_interface xdg_requests = {
	.destroy = on_xdg_destroy,
	.get_toplevel = on_get_toplevel,
	.get_popup = on_get_popup,
	.set_window_geometry = on_geometry,
	.ack_configure = on_acknowledge,
};

static void on_xdg_end(struct wl_resource *resource)
{
	struct play_xdg *xdg = xdg_of(resource), *other;

	wl_list_for_each (other, &play.xdgs, link)
		if (other->parent == xdg)
			other->parent = NULL;
	if (xdg->surface)
		xdg->surface->xdg = NULL;
	grip_set(&xdg->role, NULL);
	grip_set(&xdg->decoration, NULL);
	wl_list_remove(&xdg->link);
	free(xdg);
}

static void on_get_xdg(struct wl_client *client, struct wl_resource *resource, uint32_t id,
	struct wl_resource *surface)
{
	struct play_xdg *xdg = calloc(1, sizeof(*xdg));

	play_must(xdg != NULL, "no memory");
	xdg->surface = play_surface_of(surface);
	play_must(!xdg->surface->xdg, "a second xdg_surface");
	play_must(!xdg->surface->buffer.resource && !xdg->surface->coming.resource,
		"an xdg_surface of what has a picture");
	xdg->surface->xdg = xdg;
	xdg->resource = play_make(client, &xdg_surface_interface, wl_resource_get_version(resource),
		id, &xdg_requests, xdg, on_xdg_end);
	wl_list_insert(&play.xdgs, &xdg->link);
}

static void toplevel_check(const struct play_xdg *xdg)
{
	const struct play_configure *obeyed = &xdg->obeyed;
	bool sized = obeyed->width > 0 && obeyed->height > 0;

	play_must(xdg->max_width == 0 || xdg->min_width <= xdg->max_width, "a least width");
	play_must(xdg->max_height == 0 || xdg->min_height <= xdg->max_height, "a least height");
	if (!sized || !xdg->surface->coming.resource)
		return;
	play_must(!obeyed->maximized ||
			  (xdg->width == obeyed->width && xdg->height == obeyed->height),
		"a maximised window of another size");
	play_must(!obeyed->fullscreen ||
			  (xdg->width <= obeyed->width && xdg->height <= obeyed->height),
		"a window larger than the screen");
}

void shell_commit(struct play_surface *surface)
{
	struct play_xdg *xdg = surface->xdg;

	/* Its role has gone: it shows nothing. */
	if (!xdg || !xdg->role.resource) {
		play_must(!surface->coming.resource, "a picture without a role");
		return;
	}
	play_must(!surface->coming.resource || xdg->obeyed.serial != 0,
		"a picture before the first configure");
	if (!xdg->popup)
		toplevel_check(xdg);
	if (xdg->begun)
		return;
	xdg->begun = true;
	if (xdg->popup)
		popup_configure(xdg);
	else
		toplevel_configure(xdg, 0, 0, 0);
}

static const struct xdg_wm_base_interface shell_requests = {
	.destroy = play_end,
	.create_positioner = on_create_positioner,
	.get_xdg_surface = on_get_xdg,
	.pong = IGNORED,
};

static void bind_shell(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
	grip_set(&play.shell, play_make(client, &xdg_wm_base_interface, (int)version, id,
				      &shell_requests, data, NULL));
}

/* ---- decorations ---- */

static const struct zxdg_toplevel_decoration_v1_interface decoration_requests = {
	.destroy = play_end, .set_mode = IGNORED, .unset_mode = IGNORED};

static void on_get_decoration(struct wl_client *client, struct wl_resource *resource, uint32_t id,
	struct wl_resource *toplevel)
{
	struct play_xdg *xdg = xdg_of(toplevel);

	(void)resource;
	play_must(!xdg->decoration.resource, "a second decoration");
	play_must(!xdg->surface->buffer.resource, "a decoration of what has a picture");
	grip_set(&xdg->decoration, play_make(client, &zxdg_toplevel_decoration_v1_interface, 1, id,
					   &decoration_requests, xdg, NULL));
}

static const struct zxdg_decoration_manager_v1_interface decorations_requests = {
	.destroy = play_end, .get_toplevel_decoration = on_get_decoration};

static void bind_decorations(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
	play_make(client, &zxdg_decoration_manager_v1_interface, (int)version, id,
		&decorations_requests, data, NULL);
}

/* ---- activation ---- */

static const struct xdg_activation_token_v1_interface token_requests = {
	.set_serial = IGNORED,
	.set_app_id = IGNORED,
	.set_surface = IGNORED,
	.commit = IGNORED,
	.destroy = play_end,
};

static void on_get_token(struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
	(void)resource;
	grip_set(&play.activation, play_make(client, &xdg_activation_token_v1_interface, 1, id,
					   &token_requests, NULL, NULL));
}

static const struct xdg_activation_v1_interface activation_requests = {
	.destroy = play_end, .get_activation_token = on_get_token, .activate = IGNORED};

static void bind_activation(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
	play_make(client, &xdg_activation_v1_interface, (int)version, id, &activation_requests,
		data, NULL);
}

/* ---- steps ---- */

/* A window that has begun; NULL: the input's is none. */
static struct play_xdg *xdg_pick(struct input_bytes *in, bool popup)
{
	int at = input_byte(in), count = 0;
	struct play_xdg *xdg;

	wl_list_for_each (xdg, &play.xdgs, link)
		count += xdg->popup == popup && xdg->begun && xdg->role.resource;
	at = count > 0 ? at % count : 0;
	wl_list_for_each (xdg, &play.xdgs, link)
		if (xdg->popup == popup && xdg->begun && xdg->role.resource && at-- == 0)
			return xdg;
	return NULL;
}

static void step_configure(struct input_bytes *in)
{
	struct play_xdg *xdg = xdg_pick(in, false);
	unsigned int states = input_number(in);
	int32_t width = input_byte(in) * 5, height = input_byte(in) * 5;

	if (xdg)
		toplevel_configure(xdg, width, height, states);
}

static void step_decoration(struct input_bytes *in)
{
	const struct play_xdg *xdg = xdg_pick(in, false);
	uint32_t mode = 1u + (input_byte(in) & 1);

	if (xdg && xdg->decoration.resource)
		zxdg_toplevel_decoration_v1_send_configure(xdg->decoration.resource, mode);
}

static void step_close(struct input_bytes *in)
{
	const struct play_xdg *xdg = xdg_pick(in, false);

	if (xdg)
		xdg_toplevel_send_close(xdg->role.resource);
}

static void step_bounds(struct input_bytes *in)
{
	const struct play_xdg *xdg = xdg_pick(in, false);
	int32_t width = input_byte(in) * 5, height = input_byte(in) * 5;
	uint32_t can[] = {1u + (input_byte(in) & 3), XDG_TOPLEVEL_WM_CAPABILITIES_MINIMIZE};
	struct wl_array array = {.size = sizeof(can), .alloc = sizeof(can), .data = can};

	if (!xdg || wl_resource_get_version(xdg->resource) < 5)
		return;
	xdg_toplevel_send_configure_bounds(xdg->role.resource, width, height);
	xdg_toplevel_send_wm_capabilities(xdg->role.resource, &array);
}

static void step_popup(struct input_bytes *in)
{
	struct play_xdg *xdg = xdg_pick(in, true);

	for (int i = 0; xdg && i < 2; i++)
		xdg->at[i] = (input_byte(in) - 128) * 5;
	for (int i = 2; xdg && i < 4; i++)
		xdg->at[i] = 1 + input_byte(in) * 3;
	if (xdg)
		popup_configure(xdg);
}

static void step_popup_done(struct input_bytes *in)
{
	const struct play_xdg *xdg = xdg_pick(in, true);

	if (xdg)
		xdg_popup_send_popup_done(xdg->role.resource);
}

static void step_token(struct input_bytes *in)
{
	(void)in;
	if (play.activation.resource)
		xdg_activation_token_v1_send_done(play.activation.resource, "token");
	grip_set(&play.activation, NULL);
}

play_step *const shell_steps[] = {step_configure, step_configure, step_decoration, step_close,
	step_bounds, step_popup, step_popup_done, step_token, NULL};

void shell_begin(void)
{
	wl_list_init(&play.xdgs);
	play_offer(&xdg_wm_base_interface, play.offers & COMPOSITOR_OLD ? 2 : 6, bind_shell);
	if (play.offers & COMPOSITOR_DECORATION)
		play_offer(&zxdg_decoration_manager_v1_interface, 1, bind_decorations);
	if (play.offers & COMPOSITOR_ACTIVATION)
		play_offer(&xdg_activation_v1_interface, 1, bind_activation);
}
