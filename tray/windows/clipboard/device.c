#include "tray/windows/clipboard/device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <viewporter-client-protocol.h>

#include "proto/wire/frame.h"
#include "tray/windows/draw/scale.h"
#include "tray/windows/window/window.h"

#define ACTIONS (WL_DATA_DEVICE_MANAGER_DND_ACTION_COPY | WL_DATA_DEVICE_MANAGER_DND_ACTION_MOVE)
#define TYPE "application/x-vmsilo-drag"

/* ---- offers ---- */

/* Of text the type that says its encoding is asked for, if there is one. */
static void on_offer_type(void *data, struct wl_data_offer *handle, const char *type)
{
	struct offer *offer = data;

	(void)handle;
	if (strcmp(type, "text/plain;charset=utf-8") == 0)
		offer->text = "text/plain;charset=utf-8";
	else if (strcmp(type, "UTF8_STRING") == 0 && !offer->text)
		offer->text = "UTF8_STRING";
	else if (strcmp(type, "text/plain") == 0 && !offer->text)
		offer->text = "text/plain";
	else if (strcmp(type, "image/png") == 0)
		offer->png = true;
}

static void on_offer_actions(void *data, struct wl_data_offer *handle, uint32_t actions)
{
	(void)data;
	(void)handle;
	(void)actions;
}

static const struct wl_data_offer_listener offer_listener = {
	.offer = on_offer_type,
	.source_actions = on_offer_actions,
	.action = on_offer_actions,
};

static void on_data_offer(
	void *data, struct wl_data_device *handle, struct wl_data_offer *announced)
{
	struct device *device = data;
	struct offer *offer = calloc(1, sizeof(*offer));

	(void)handle;
	offer_destroy(device->offered);
	device->offered = offer;
	if (!offer) {
		wl_data_offer_destroy(announced);
		return;
	}
	offer->offer = announced;
	wl_data_offer_add_listener(announced, &offer_listener, offer);
}

static struct offer *offer_take(struct device *device, struct wl_data_offer *announced)
{
	struct offer *offer = device->offered;

	if (!announced || !offer || offer->offer != announced)
		return NULL;
	device->offered = NULL;
	return offer;
}

static void on_selection(void *data, struct wl_data_device *handle, struct wl_data_offer *announced)
{
	struct device *device = data;

	(void)handle;
	clipboard_set_selection(device->clipboard, offer_take(device, announced));
}

/* ---- what is dragged over our windows ---- */

static struct window *window_over(const struct device *device)
{
	return window_find(device->input->view, device->window);
}

/* Whether it is over the content: then the place is in that. */
static bool content_place(
	const struct device *device, const struct window *window, wl_fixed_t *x, wl_fixed_t *y)
{
	int32_t left, top;

	if (!device->framed)
		return true;
	window_content_at(window, &left, &top);
	*x -= wl_fixed_from_int(left);
	*y -= wl_fixed_from_int(top);
	return *x >= 0 && *y >= 0 && *x < wl_fixed_from_int(window->width - 2 * left) &&
	       *y < wl_fixed_from_int(window->height - top - left);
}

static void offer_answer(const struct device *device)
{
	bool takes = device->inside;

	if (!device->over)
		return;
	wl_data_offer_accept(device->over->offer, device->serial, takes ? TYPE : NULL);
	wl_data_offer_set_actions(device->over->offer, takes ? ACTIONS : 0,
		takes ? WL_DATA_DEVICE_MANAGER_DND_ACTION_COPY : 0);
}

static void content_leave(struct device *device)
{
	if (!device->inside)
		return;
	device->inside = false;
	pointer_leave_send(device->input);
	pointer_frame_send(device->input);
}

static void content_enter(
	struct device *device, const struct window *window, wl_fixed_t x, wl_fixed_t y)
{
	device->inside = true;
	pointer_enter_send(device->input, window, x, y);
	pointer_frame_send(device->input);
}

static void on_enter(void *data, struct wl_data_device *handle, uint32_t serial,
	struct wl_surface *surface, wl_fixed_t x, wl_fixed_t y, struct wl_data_offer *announced)
{
	struct device *device = data;
	const struct window_tag *tag = window_tag_of(surface);
	bool ours = device->source.handle && tag;

	(void)handle;
	offer_destroy(device->over);
	device->over = offer_take(device, announced);
	device->window = ours ? tag->window->id : 0;
	device->serial = serial;
	device->framed = ours && !tag->content;
	if (ours && content_place(device, tag->window, &x, &y))
		content_enter(device, tag->window, x, y);
	offer_answer(device);
}

static void on_leave(void *data, struct wl_data_device *handle)
{
	struct device *device = data;

	(void)handle;
	content_leave(device);
	device->window = 0;
	offer_destroy(device->over);
	device->over = NULL;
}

static void on_motion(
	void *data, struct wl_data_device *handle, uint32_t time, wl_fixed_t x, wl_fixed_t y)
{
	struct device *device = data;
	const struct window *window = window_over(device);
	bool was_inside = device->inside;

	(void)handle;
	if (!window)
		return;
	if (!content_place(device, window, &x, &y)) {
		content_leave(device);
	} else if (!was_inside) {
		content_enter(device, window, x, y);
	} else {
		pointer_motion_send(device->input, window, time, x, y);
		pointer_frame_send(device->input);
	}
	if (device->inside != was_inside)
		offer_answer(device);
}

/* ---- our drag ---- */

static void done_send(const struct device *device, bool dropped)
{
	Vmsilo__Windows__DragDone message = VMSILO__WINDOWS__DRAG_DONE__INIT;

	message.dropped = dropped;
	guest_send(&device->input->view->guest, FRAME_WINDOWS_DRAG_DONE, &message.base);
}

static void drag_forget(struct device *device)
{
	source_destroy(&device->source);
	if (device->asked)
		wl_callback_destroy(device->asked);
	device->asked = NULL;
	if (device->icon) {
		wp_viewport_destroy(device->viewport);
		wl_surface_destroy(device->icon);
	}
	device->icon = NULL;
	picture_finish(&device->picture);
}

/* The button that began it is up: the compositor did not say so otherwise. */
static void drag_end(struct device *device, bool dropped)
{
	if (!device->source.handle)
		return;
	device->input->view->press.down = false;
	done_send(device, dropped);
	drag_forget(device);
}

static void on_drop(void *data, struct wl_data_device *handle)
{
	struct device *device = data;

	(void)handle;
	if (!device->inside || !device->source.handle)
		return;
	device->dropped = true;
	if (device->over)
		wl_data_offer_finish(device->over->offer);
	drag_end(device, true);
}

static const struct wl_data_device_listener device_listener = {
	.data_offer = on_data_offer,
	.enter = on_enter,
	.leave = on_leave,
	.motion = on_motion,
	.drop = on_drop,
	.selection = on_selection,
};

static void on_over(void *data)
{
	drag_end(data, false);
}

static const struct source_ops source_ops = {.on_end = on_over};

static void icon_make(struct device *device, const Vmsilo__Windows__Cursor *icon)
{
	const struct desktop *desktop = device->input->view->desktop;

	if (!icon || icon->width == 0 ||
		picture_init(&device->picture, desktop->shm, (int32_t)icon->width,
			(int32_t)icon->height, false) < 0)
		return;
	memcpy(device->picture.pixels, icon->pixels.data, icon->pixels.len);
	device->icon = wl_compositor_create_surface(desktop->compositor);
	device->viewport = wp_viewporter_get_viewport(desktop->viewporter, device->icon);
}

static void icon_show(struct device *device, const Vmsilo__Windows__Cursor *icon)
{
	int32_t width, height;

	if (!device->icon)
		return;
	width = scale_to_logical((int32_t)icon->width, icon->scale);
	height = scale_to_logical((int32_t)icon->height, icon->scale);
	picture_attach(&device->picture, device->icon);
	wl_surface_damage_buffer(device->icon, 0, 0, INT32_MAX, INT32_MAX);
	wp_viewport_set_destination(
		device->viewport, width > 0 ? width : 1, height > 0 ? height : 1);
	wl_surface_commit(device->icon);
}

static void drag_ask(struct device *device, struct wl_surface *origin, struct wl_surface *another);

/* One is for one drag. */
static void drag_source(struct device *device)
{
	source_destroy(&device->source);
	source_create(
		&device->source, device->input->view->desktop->data_devices, &source_ops, device);
	wl_data_source_offer(device->source.handle, TYPE);
	wl_data_source_set_actions(device->source.handle, ACTIONS);
}

/* A drag that begins takes the pointer, or comes over our window at once. kwin 5.27 knows the
 * pointer in the main surface alone, others in the content's alone, and kwin says nothing of one
 * that it does not begin. */
static void on_asked(void *data, struct wl_callback *callback, uint32_t serial)
{
	struct device *device = data;
	const struct view *view = device->input->view;
	bool begun = device->window != 0 || device->input->pointer.window != view->press.window;

	(void)serial;
	wl_callback_destroy(callback);
	device->asked = NULL;
	if (begun)
		return;
	if (device->another && view->press.down) {
		drag_source(device);
		drag_ask(device, device->another, NULL);
	} else {
		drag_end(device, false);
	}
}

static const struct wl_callback_listener asked_listener = {.done = on_asked};

static void drag_ask(struct device *device, struct wl_surface *origin, struct wl_surface *another)
{
	const struct view *view = device->input->view;

	wl_data_device_start_drag(device->clipboard->device, device->source.handle, origin,
		device->icon, view->press.serial);
	device->another = another;
	device->asked = wl_display_sync(view->desktop->display);
	wl_callback_add_listener(device->asked, &asked_listener, device);
}

static bool may_drag(const struct device *device, const struct window *window)
{
	const struct press *press = &device->input->view->press;

	return device->clipboard->device && device->drags_allowed && !device->source.handle &&
	       window && window->mapped && press->down && press->on_content &&
	       press->window == window->id;
}

void device_drag(struct device *device, const Vmsilo__Windows__Drag *message)
{
	const struct view *view = device->input->view;
	const struct window *window = window_find(view, message->window);

	if (!may_drag(device, window)) {
		if (!device->source.handle)
			done_send(device, false);
		return;
	}
	device->dropped = false;
	device->window = 0; /* kwin 5.27 does not leave where it has dropped */
	device->inside = false;
	drag_source(device);
	icon_make(device, message->icon);
	drag_ask(device, window->content.surface, window->main);
	icon_show(device, message->icon);
}

/* ---- life ---- */

void device_init(struct device *device, struct input *input, struct clipboard *clipboard)
{
	*device = (struct device){.input = input, .clipboard = clipboard};
}

void device_set_seat(struct device *device, struct wl_seat *seat)
{
	struct clipboard *clipboard = device->clipboard;

	if (clipboard->device && !seat) {
		drag_end(device, false);
		on_leave(device, clipboard->device);
		offer_destroy(device->offered);
		device->offered = NULL;
		clipboard_set_selection(clipboard, NULL);
		wl_data_device_release(clipboard->device);
		clipboard->device = NULL;
	} else if (!clipboard->device && seat && device->input->view->desktop->data_devices) {
		clipboard->device = wl_data_device_manager_get_data_device(
			device->input->view->desktop->data_devices, seat);
		wl_data_device_add_listener(clipboard->device, &device_listener, device);
	}
}

void device_finish(struct device *device)
{
	if (device->input)
		device_set_seat(device, NULL);
	drag_forget(device);
}
