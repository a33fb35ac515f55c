#include "tray/windows/window/popup.h"

#include <viewporter-client-protocol.h>
#include <xdg-shell-client-protocol.h>

#include "proto/wire/frame.h"
#include "tray/windows/draw/scale.h"
#include "tray/windows/window/place.h"
#include "tray/windows/window/show.h"

#define EDGE_LEFT VMSILO__WINDOWS__EDGE__EDGE_LEFT
#define EDGE_RIGHT VMSILO__WINDOWS__EDGE__EDGE_RIGHT
#define EDGE_TOP VMSILO__WINDOWS__EDGE__EDGE_TOP
#define EDGE_BOTTOM VMSILO__WINDOWS__EDGE__EDGE_BOTTOM

/* ---- places ---- */

/* xdg_positioner numbers the same edges otherwise; its anchors and gravities alike. */
static uint32_t positioner_edge(uint32_t edges)
{
	static const uint8_t numbers[] = {
		[EDGE_TOP] = XDG_POSITIONER_ANCHOR_TOP,
		[EDGE_BOTTOM] = XDG_POSITIONER_ANCHOR_BOTTOM,
		[EDGE_LEFT] = XDG_POSITIONER_ANCHOR_LEFT,
		[EDGE_RIGHT] = XDG_POSITIONER_ANCHOR_RIGHT,
		[EDGE_TOP | EDGE_LEFT] = XDG_POSITIONER_ANCHOR_TOP_LEFT,
		[EDGE_BOTTOM | EDGE_LEFT] = XDG_POSITIONER_ANCHOR_BOTTOM_LEFT,
		[EDGE_TOP | EDGE_RIGHT] = XDG_POSITIONER_ANCHOR_TOP_RIGHT,
		[EDGE_BOTTOM | EDGE_RIGHT] = XDG_POSITIONER_ANCHOR_BOTTOM_RIGHT,
	};

	return edges < sizeof(numbers) ? numbers[edges] : XDG_POSITIONER_ANCHOR_NONE;
}

void popup_most(const struct window *window, int32_t *ret_width, int32_t *ret_height)
{
	const struct window *root = window, *parent;

	while (root->popup && (parent = window_find(window->view, root->parent)))
		root = parent;
	outputs_largest(
		&window->view->desktop->outputs, window_outputs(root), ret_width, ret_height);
}

static struct xdg_positioner *positioner_make(
	struct window *window, const struct window *parent, const Vmsilo__Windows__Popup *message)
{
	struct xdg_positioner *positioner =
		xdg_wm_base_create_positioner(window->view->desktop->shell);
	struct place_parent of = {.width = parent->width, .height = parent->height};
	int32_t most_width, most_height;
	struct place place;

	window_content_at(parent, &of.content_x, &of.content_y);
	popup_most(window, &most_width, &most_height);
	place_make(message, window_content_scale(window), &of, most_width, most_height, &place);
	xdg_positioner_set_size(positioner, place.width, place.height);
	xdg_positioner_set_anchor_rect(positioner, place.anchor.x, place.anchor.y,
		place.anchor.width, place.anchor.height);
	xdg_positioner_set_anchor(positioner, positioner_edge(place.anchored));
	xdg_positioner_set_gravity(positioner, positioner_edge(place.towards));
	xdg_positioner_set_constraint_adjustment(positioner, place.adjustment);
	xdg_positioner_set_offset(positioner, place.offset_x, place.offset_y);
	return positioner;
}

void popup_tell(struct window *window)
{
	Vmsilo__Windows__PopupPlace message = VMSILO__WINDOWS__POPUP_PLACE__INIT;
	const struct window *parent = window_find(window->view, window->parent);
	struct window_shape *shape = &window->wanted;
	struct view *view = window->view;
	const struct frame_style style = {.popup = true};
	int32_t x = 0, y = 0, width, height;

	if (parent)
		window_content_at(parent, &x, &y);
	frame_room(&style, shape->width, shape->height, &width, &height);
	message.window = window->id;
	message.serial = window_serial_next(view);
	message.x = scale_to_physical(window->place_x + FRAME_POPUP_BORDER - x, shape->scale);
	message.y = scale_to_physical(window->place_y + FRAME_POPUP_BORDER - y, shape->scale);
	message.width = (uint32_t)scale_to_physical(width, shape->scale);
	message.height = (uint32_t)scale_to_physical(height, shape->scale);
	message.scale = shape->scale;
	window_pending_add(window, message.serial, 0, shape);
	rules_configured(&view->guest.rules, window->id, message.serial);
	guest_send(&view->guest, FRAME_WINDOWS_POPUP_PLACE, &message.base);
}

/* ---- the compositor's ---- */

static void popup_answer(struct window *window)
{
	xdg_surface_ack_configure(window->xdg, window->unanswered);
	window->unanswered = 0;
	window->wanted = window->coming;
	window->wanted.scale = window_content_scale(window);
	window->configured = true;
	popup_tell(window);
	/* The guest's picture may be there already, if it was made anew; none comes then. */
	window_show(window);
}

void popups_answer(struct view *view)
{
	if (!view->popups_unanswered)
		return;
	view->popups_unanswered = false;
	for (int i = 0; i < WINDOWS_MAX; i++)
		if (view->windows[i] && view->windows[i]->unanswered)
			popup_answer(view->windows[i]);
}

static void on_xdg_configure(void *data, struct xdg_surface *xdg, uint32_t serial)
{
	struct window *window = data;

	(void)xdg;
	window->unanswered = serial;
	window->view->popups_unanswered = true;
}

static const struct xdg_surface_listener xdg_listener = {.configure = on_xdg_configure};

static void on_configure(
	void *data, struct xdg_popup *popup, int32_t x, int32_t y, int32_t width, int32_t height)
{
	struct window *window = data;

	(void)popup;
	window->place_x = x;
	window->place_y = y;
	window->coming = (struct window_shape){.width = width, .height = height};
}

static void on_done(void *data, struct xdg_popup *popup)
{
	(void)popup;
	popup_dismiss(data);
}

static void on_repositioned(void *data, struct xdg_popup *popup, uint32_t token)
{
	(void)data;
	(void)popup;
	(void)token;
}

static const struct xdg_popup_listener popup_listener = {
	.configure = on_configure, .popup_done = on_done, .repositioned = on_repositioned};

/* ---- life ---- */

/* The topmost popup that has the grab; NULL: none has. */
static struct window *grab_top(const struct view *view)
{
	struct window *top = NULL;

	for (int i = 0; i < WINDOWS_MAX; i++) {
		struct window *window = view->windows[i];
		if (window && window->grabs && window->xdg && (!top || window->id > top->id))
			top = window;
	}
	return top;
}

/* The protocol knows grabs on a toplevel, or on the popup that has it, and after the user did
 * something; there are compositors that give it the keyboard however long ago that was. Others are
 * popups without one. */
static void grab_take(struct window *window, const struct window *parent)
{
	const struct view *view = window->view;
	const struct window *top = grab_top(view);

	if (!view->desktop->seat || view->press.serial == 0 ||
		(!view->press.down && !window_any_active(view)) ||
		(top ? top != parent : parent->popup))
		return;
	window->grabs = true;
	xdg_popup_grab(window->xdg_popup, view->desktop->seat, view->press.serial);
}

/* The compositor's part of it. */
static void role_make(struct window *window, const struct window *parent,
	const Vmsilo__Windows__Popup *message, bool grab)
{
	struct xdg_positioner *positioner = positioner_make(window, parent, message);

	window->xdg = xdg_wm_base_get_xdg_surface(window->view->desktop->shell, window->main);
	xdg_surface_add_listener(window->xdg, &xdg_listener, window);
	window->xdg_popup = xdg_surface_get_popup(window->xdg, parent->xdg, positioner);
	xdg_popup_add_listener(window->xdg_popup, &popup_listener, window);
	xdg_positioner_destroy(positioner);
	if (grab)
		grab_take(window, parent);
	wl_surface_commit(window->main);
}

static void role_drop(struct window *window)
{
	xdg_popup_destroy(window->xdg_popup);
	xdg_surface_destroy(window->xdg);
	window->xdg = NULL;
	window->xdg_popup = NULL;
	window->unanswered = 0;
	window->mapped = window->configured = window->grabs = false;
	/* Or the compositor would keep its last picture as long as there is the window. */
	content_hide(&window->content);
	wl_surface_attach(window->main, NULL, 0, 0);
	wl_surface_commit(window->main);
}

/* A VM that the user is not at shows nothing more beside its windows, where others' may be. A seat
 * without a keyboard says of no window that the user is at it. */
static bool may_show(const struct view *view)
{
	return view->press.down || window_any_active(view) ||
	       !(view->desktop->seat_capabilities & WL_SEAT_CAPABILITY_KEYBOARD);
}

int popup_create(struct view *view, const Vmsilo__Windows__Popup *message)
{
	struct window *window = window_create(view, message->window, true);
	const struct window *parent = window_find(view, message->parent);

	if (!window)
		return UV_ENOMEM;
	window->parent = message->parent;
	window->x11 = message->x11;
	if (!parent || !parent->mapped || !parent->xdg || !may_show(view)) {
		popup_dismiss(window);
		return 0;
	}
	role_make(window, parent, message, message->grab);
	return 0;
}

static bool is_topmost(const struct window *window)
{
	for (int i = 0; i < WINDOWS_MAX; i++) {
		const struct window *other = window->view->windows[i];
		if (other && other->popup && other->xdg && other->parent == window->id)
			return false;
	}
	return true;
}

/* Compositors below version 3 of xdg-shell cannot move one: it becomes another. */
static void popup_make_anew(
	struct window *window, const struct window *parent, const Vmsilo__Windows__Popup *message)
{
	bool grabs = window->grabs;

	if (!is_topmost(window)) {
		if (window->configured)
			popup_tell(window);
		return;
	}
	role_drop(window);
	role_make(window, parent, message, grabs);
}

void popup_update(struct window *window, const Vmsilo__Windows__Popup *message)
{
	const struct window *parent = window_find(window->view, window->parent);
	struct xdg_positioner *positioner;

	if (!window->xdg || !parent || !parent->xdg)
		return;
	if (!may_show(window->view)) {
		if (window->configured)
			popup_tell(window);
		return;
	}
	if (xdg_popup_get_version(window->xdg_popup) < XDG_POPUP_REPOSITION_SINCE_VERSION) {
		popup_make_anew(window, parent, message);
		return;
	}
	positioner = positioner_make(window, parent, message);
	xdg_popup_reposition(window->xdg_popup, positioner, window->id);
	xdg_positioner_destroy(positioner);
}

/* What stands on it goes before it, and so do grabs that came later: the protocol wants it so. */
static void above_dismiss(struct window *window)
{
	const struct view *view = window->view;
	struct window *top;

	for (int i = 0; i < WINDOWS_MAX; i++)
		if (view->windows[i] && view->windows[i]->popup && view->windows[i]->xdg &&
			view->windows[i]->parent == window->id)
			popup_dismiss(view->windows[i]);
	while (window->grabs && (top = grab_top(view)) && top != window)
		popup_dismiss(top);
}

void popup_finish(struct window *window)
{
	if (!window->xdg)
		return;
	above_dismiss(window);
	role_drop(window);
}

void popup_dismiss(struct window *window)
{
	Vmsilo__Windows__PopupDone message = VMSILO__WINDOWS__POPUP_DONE__INIT;

	if (window->dismissed)
		return;
	window->dismissed = true;
	popup_finish(window);
	message.window = window->id;
	rules_configured(&window->view->guest.rules, window->id, 0);
	guest_send(&window->view->guest, FRAME_WINDOWS_POPUP_DONE, &message.base);
}
