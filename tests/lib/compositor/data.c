/* What crosses between programs: the selection, and drags. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/lib/compositor/play.h"

#define ALL \
	(WL_DATA_DEVICE_MANAGER_DND_ACTION_COPY | WL_DATA_DEVICE_MANAGER_DND_ACTION_MOVE | \
		WL_DATA_DEVICE_MANAGER_DND_ACTION_ASK)
#define TYPES 5

static const char *const types[TYPES] = {"text/plain;charset=utf-8", "UTF8_STRING", "text/plain",
	"image/png", "application/x-something"};

struct source {
	struct wl_resource *resource;
	bool used, has_actions;
	char type[64]; /* the last that it offers */
};

struct offer {
	bool drag, accepted, dropped;
	uint32_t action;
};

static struct {
	struct grip device;
	struct grip selection;     /* the client's source */
	struct grip drag;          /* likewise, while the user drags it */
	struct grip dragged, over; /* the offer, and the surface that it is over */
	int pasted;                /* where the client reads what it asked for; -1 */
} moved;

/* ---- sources ---- */

static void on_source_offer(
	struct wl_client *client, struct wl_resource *resource, const char *type)
{
	struct source *source = wl_resource_get_user_data(resource);

	(void)client;
	play_must(strlen(type) < sizeof(source->type), "a long type");
	snprintf(source->type, sizeof(source->type), "%s", type);
}

static void on_set_actions(struct wl_client *client, struct wl_resource *resource, uint32_t actions)
{
	struct source *source = wl_resource_get_user_data(resource);

	(void)client;
	play_must(!source->used && !source->has_actions && !(actions & ~(uint32_t)ALL),
		"actions of a source that may have none");
	source->has_actions = true;
}

static const struct wl_data_source_interface source_requests = {
	.offer = on_source_offer, .destroy = play_end, .set_actions = on_set_actions};

static void on_data_end(struct wl_resource *resource)
{
	free(wl_resource_get_user_data(resource));
}

static void on_create_source(struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
	struct source *source = calloc(1, sizeof(*source));

	play_must(source != NULL, "no memory");
	source->resource = play_make(client, &wl_data_source_interface,
		wl_resource_get_version(resource), id, &source_requests, source, on_data_end);
}

/* ---- offers ---- */

static void on_accept(
	struct wl_client *client, struct wl_resource *resource, uint32_t serial, const char *type)
{
	struct offer *offer = wl_resource_get_user_data(resource);

	(void)client;
	(void)serial;
	offer->accepted = type != NULL;
}

static void pasted_close(void)
{
	if (moved.pasted >= 0)
		close(moved.pasted);
	moved.pasted = -1;
}

static void on_receive(
	struct wl_client *client, struct wl_resource *resource, const char *type, int32_t fd)
{
	(void)client;
	(void)resource;
	(void)type;
	pasted_close();
	fcntl(fd, F_SETFL, O_NONBLOCK);
	moved.pasted = fd;
}

static void on_finish(struct wl_client *client, struct wl_resource *resource)
{
	const struct offer *offer = wl_resource_get_user_data(resource);

	(void)client;
	play_must(offer->drag && offer->dropped, "an offer that was not dropped is finished");
	play_must(offer->accepted && offer->action, "an offer that was refused is finished");
	if (moved.drag.resource)
		wl_data_source_send_dnd_finished(moved.drag.resource);
	grip_set(&moved.drag, NULL);
}

static void on_offer_actions(struct wl_client *client, struct wl_resource *resource,
	uint32_t actions, uint32_t preferred)
{
	struct offer *offer = wl_resource_get_user_data(resource);

	(void)client;
	play_must(offer->drag, "actions of a selection");
	play_must(!(actions & ~(uint32_t)ALL) && (preferred & ~actions) == 0 &&
			  (preferred & (preferred - 1)) == 0,
		"actions that are none");
	offer->action = preferred;
}

static const struct wl_data_offer_interface offer_requests = {
	.accept = on_accept,
	.receive = on_receive,
	.destroy = play_end,
	.finish = on_finish,
	.set_actions = on_offer_actions,
};

static struct wl_resource *offer_make(bool drag, unsigned int mask, const char *type)
{
	struct offer *offer = calloc(1, sizeof(*offer));
	struct wl_resource *resource;

	play_must(offer != NULL, "no memory");
	offer->drag = drag;
	resource = play_make(wl_resource_get_client(moved.device.resource),
		&wl_data_offer_interface, wl_resource_get_version(moved.device.resource), 0,
		&offer_requests, offer, on_data_end);
	wl_data_device_send_data_offer(moved.device.resource, resource);
	for (int i = 0; i < TYPES; i++)
		if (mask >> i & 1)
			wl_data_offer_send_offer(resource, types[i]);
	if (type)
		wl_data_offer_send_offer(resource, type);
	if (drag)
		wl_data_offer_send_source_actions(resource, ALL);
	return resource;
}

/* ---- the device ---- */

static void on_start_drag(struct wl_client *client, struct wl_resource *resource,
	struct wl_resource *source_resource, struct wl_resource *origin, struct wl_resource *icon,
	uint32_t serial)
{
	struct source *source = wl_resource_get_user_data(source_resource);

	(void)client;
	(void)resource;
	(void)origin;
	(void)serial;
	play_must(!source->used, "a source is used twice");
	source->used = true;
	if (icon)
		play_surface_role(play_surface_of(icon), ROLE_ICON);
	grip_set(&moved.drag, source_resource);
}

static void on_set_selection(struct wl_client *client, struct wl_resource *resource,
	struct wl_resource *source_resource, uint32_t serial)
{
	struct source *source = source_resource ? wl_resource_get_user_data(source_resource) : NULL;

	(void)client;
	(void)resource;
	(void)serial;
	play_must(!source || (!source->used && !source->has_actions), "a source is used twice");
	if (source)
		source->used = true;
	if (moved.selection.resource)
		wl_data_source_send_cancelled(moved.selection.resource);
	grip_set(&moved.selection, source_resource);
}

static const struct wl_data_device_interface device_requests = {
	.start_drag = on_start_drag, .set_selection = on_set_selection, .release = play_end};

static void on_get_device(struct wl_client *client, struct wl_resource *resource, uint32_t id,
	struct wl_resource *seat)
{
	(void)seat;
	grip_set(&moved.device,
		play_make(client, &wl_data_device_interface, wl_resource_get_version(resource), id,
			&device_requests, NULL, NULL));
}

static const struct wl_data_device_manager_interface manager_requests = {
	.create_data_source = on_create_source, .get_data_device = on_get_device};

static void bind_manager(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
	play_make(client, &wl_data_device_manager_interface, (int)version, id, &manager_requests,
		data, NULL);
}

/* ---- steps: the selection ---- */

static void step_selection(struct input_bytes *in)
{
	uint8_t mask = input_byte(in);

	if (!moved.device.resource)
		return;
	if (moved.selection.resource && (mask & 64))
		wl_data_source_send_cancelled(moved.selection.resource);
	grip_set(&moved.selection, NULL);
	wl_data_device_send_selection(
		moved.device.resource, mask & 128 ? NULL : offer_make(false, mask, NULL));
}

/* Another program reads, or goes before it has. */
static void step_read(struct input_bytes *in)
{
	bool whole = input_byte(in) & 1;
	char bytes[4096];
	int fds[2];

	if (!moved.selection.resource || pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return;
	wl_data_source_send_send(moved.selection.resource, "text/plain", fds[1]);
	close(fds[1]);
	while (whole && read(fds[0], bytes, sizeof(bytes)) > 0)
		continue;
	close(fds[0]);
}

/* Another program writes what the client asked for. */
static void step_write(struct input_bytes *in)
{
	size_t length = input_byte(in) * 40u;
	uint8_t how = input_byte(in);
	const uint8_t *bytes = input_take(in, length, &length);

	if (moved.pasted < 0)
		return;
	if (write(moved.pasted, bytes, length) < 0 || (how & 1))
		pasted_close();
}

/* ---- steps: drags ---- */

static void over_leave(void)
{
	if (moved.over.resource && moved.device.resource)
		wl_data_device_send_leave(moved.device.resource);
	grip_set(&moved.over, NULL);
	grip_set(&moved.dragged, NULL);
}

static void step_drag_enter(struct input_bytes *in)
{
	const struct play_surface *surface = play_surface_pick(in);
	const struct source *source =
		moved.drag.resource ? wl_resource_get_user_data(moved.drag.resource) : NULL;
	wl_fixed_t x = input_byte(in) * 256, y = input_byte(in) * 256;

	if (!surface || !moved.device.resource)
		return;
	over_leave();
	grip_set(&moved.over, surface->resource);
	grip_set(&moved.dragged, offer_make(true, source ? 0 : 31, source ? source->type : NULL));
	wl_data_device_send_enter(moved.device.resource, play_serial(), surface->resource, x, y,
		moved.dragged.resource);
}

static void step_drag_leave(struct input_bytes *in)
{
	(void)in;
	over_leave();
}

static void step_drag_motion(struct input_bytes *in)
{
	wl_fixed_t x = input_byte(in) * 256, y = input_byte(in) * 256;

	if (moved.over.resource && moved.device.resource)
		wl_data_device_send_motion(moved.device.resource, play_time(), x, y);
}

static void drag_cancel(void)
{
	over_leave();
	if (moved.drag.resource)
		wl_data_source_send_cancelled(moved.drag.resource);
	grip_set(&moved.drag, NULL);
}

static void step_drop(struct input_bytes *in)
{
	struct offer *offer =
		moved.dragged.resource ? wl_resource_get_user_data(moved.dragged.resource) : NULL;

	(void)in;
	if (!offer || !offer->accepted || !offer->action || !moved.over.resource ||
		!moved.device.resource) {
		drag_cancel();
		return;
	}
	offer->dropped = true;
	wl_data_device_send_drop(moved.device.resource);
	if (moved.drag.resource)
		wl_data_source_send_dnd_drop_performed(moved.drag.resource);
	grip_set(&moved.over, NULL);
	grip_set(&moved.dragged, NULL);
}

static void step_drag_cancel(struct input_bytes *in)
{
	(void)in;
	drag_cancel();
}

play_step *const data_steps[] = {step_selection, step_read, step_write, step_drag_enter,
	step_drag_leave, step_drag_motion, step_drop, step_drag_cancel, NULL};

void data_begin(void)
{
	moved.pasted = -1;
	play_offer(&wl_data_device_manager_interface, 3, bind_manager);
}

void data_end(void)
{
	pasted_close();
}
