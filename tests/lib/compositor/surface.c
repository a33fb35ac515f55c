/* Surfaces, what they show, and when. */
#include <fractional-scale-v1-server-protocol.h>
#include <presentation-time-server-protocol.h>
#include <stdlib.h>
#include <time.h>
#include <viewporter-server-protocol.h>

#include "tests/lib/compositor/play.h"

#define UNSET (-256) /* of a viewport's source: -1, in 256ths */

/* ---- buffers ---- */

/* The client hears of it by a step. */
static void buffer_hold(struct wl_resource *buffer)
{
	for (int i = 0; i < PLAY_SENT_MAX; i++)
		if (play.held[i].resource == buffer)
			return;
	for (int i = 0; i < PLAY_SENT_MAX; i++)
		if (!play.held[i].resource) {
			grip_set(&play.held[i], buffer);
			return;
		}
	wl_buffer_send_release(buffer);
}

static void buffers_release(void)
{
	for (int i = 0; i < PLAY_SENT_MAX; i++)
		if (play.held[i].resource) {
			wl_buffer_send_release(play.held[i].resource);
			grip_set(&play.held[i], NULL);
		}
}

/* What a viewport shows lies in the buffer. */
static void viewport_check(const struct play_surface *surface)
{
	struct wl_shm_buffer *buffer =
		surface->buffer.resource ? wl_shm_buffer_get(surface->buffer.resource) : NULL;

	if (!buffer || !surface->viewport.resource || surface->source[0] == 0)
		return;
	play_must(surface->source[0] <= wl_fixed_from_int(wl_shm_buffer_get_width(buffer)) &&
			  surface->source[1] <= wl_fixed_from_int(wl_shm_buffer_get_height(buffer)),
		"a viewport beyond its buffer");
}

static void buffer_show(struct play_surface *surface)
{
	struct wl_resource *old = surface->buffer.resource, *new = surface->coming.resource;
	struct wl_shm_buffer *shm = new ? wl_shm_buffer_get(new) : NULL;

	play_must(!new || shm, "a buffer that is no memory");
	if (old && old != new)
		buffer_hold(old);
	grip_set(&surface->coming, NULL);
	grip_set(&surface->buffer, new);
}

/* ---- wl_surface ---- */

static void on_attach(struct wl_client *client, struct wl_resource *resource,
	struct wl_resource *buffer, int32_t x, int32_t y)
{
	struct play_surface *surface = play_surface_of(resource);

	(void)client;
	(void)x;
	(void)y;
	surface->attached = true;
	grip_set(&surface->coming, buffer);
}

static void on_callback_end(struct wl_resource *resource)
{
	wl_list_remove(wl_resource_get_link(resource));
}

static void on_frame(struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
	struct play_surface *surface = play_surface_of(resource);
	struct wl_resource *callback =
		play_make(client, &wl_callback_interface, 1, id, NULL, NULL, on_callback_end);

	wl_list_insert(&surface->callbacks, wl_resource_get_link(callback));
}

static void on_commit(struct wl_client *client, struct wl_resource *resource)
{
	struct play_surface *surface = play_surface_of(resource);

	(void)client;
	if (surface->role == ROLE_TOPLEVEL || surface->role == ROLE_POPUP)
		shell_commit(surface);
	if (surface->attached)
		buffer_show(surface);
	surface->attached = false;
	viewport_check(surface);
	wl_list_insert_list(&play.callbacks, &surface->callbacks);
	wl_list_init(&surface->callbacks);
}

static void on_surface_destroy(struct wl_client *client, struct wl_resource *resource)
{
	struct play_surface *surface = play_surface_of(resource);

	(void)client;
	play_must(!surface->xdg, "a surface goes before its role");
	wl_resource_destroy(resource);
}

static const struct wl_surface_interface surface_requests = {
	.destroy = on_surface_destroy,
	.attach = on_attach,
	.damage = IGNORED,
	.frame = on_frame,
	.set_opaque_region = IGNORED,
	.set_input_region = IGNORED,
	.commit = on_commit,
	.set_buffer_transform = IGNORED,
	.set_buffer_scale = IGNORED,
	.damage_buffer = IGNORED,
};

static void on_surface_end(struct wl_resource *resource)
{
	struct play_surface *surface = play_surface_of(resource), *other;
	struct wl_resource *callback, *next;

	wl_resource_for_each_safe (callback, next, &surface->callbacks)
		wl_resource_destroy(callback);
	wl_list_for_each (other, &play.surfaces, link)
		if (other->parent == surface)
			other->parent = NULL;
	if (surface->xdg)
		surface->xdg->surface = NULL;
	grip_set(&surface->subsurface, NULL);
	grip_set(&surface->viewport, NULL);
	grip_set(&surface->fractional, NULL);
	grip_set(&surface->buffer, NULL);
	grip_set(&surface->coming, NULL);
	wl_list_remove(&surface->link);
	free(surface);
}

struct play_surface *play_surface_of(struct wl_resource *resource)
{
	return wl_resource_get_user_data(resource);
}

struct play_surface *play_surface_pick(struct input_bytes *in)
{
	int at = input_byte(in), count = wl_list_length(&play.surfaces);
	struct play_surface *surface;

	at = count > 0 ? at % count : 0;
	wl_list_for_each (surface, &play.surfaces, link)
		if (at-- == 0)
			return surface;
	return NULL;
}

void play_surface_role(struct play_surface *surface, enum play_role role)
{
	play_must(surface->role == ROLE_NONE || surface->role == role,
		"a surface gets a second role");
	surface->role = role;
}

bool compositor_box(uint32_t id, int32_t ret[4])
{
	const struct play_surface *surface;

	wl_list_for_each (surface, &play.surfaces, link) {
		if (wl_resource_get_id(surface->resource) != id || !surface->buffer.resource)
			continue;
		ret[0] = surface->place[0];
		ret[1] = surface->place[1];
		ret[2] = surface->size[0];
		ret[3] = surface->size[1];
		return true;
	}
	return false;
}

/* ---- wl_compositor ---- */

static void on_create_surface(struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
	struct play_surface *surface = calloc(1, sizeof(*surface));

	play_must(surface != NULL, "no memory");
	surface->resource = play_make(client, &wl_surface_interface,
		wl_resource_get_version(resource), id, &surface_requests, surface, on_surface_end);
	wl_list_init(&surface->callbacks);
	wl_list_insert(play.surfaces.prev, &surface->link);
}

static const struct wl_region_interface region_requests = {
	.destroy = play_end, .add = IGNORED, .subtract = IGNORED};

static void on_create_region(struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
	(void)resource;
	play_make(client, &wl_region_interface, 1, id, &region_requests, NULL, NULL);
}

static const struct wl_compositor_interface compositor_requests = {
	.create_surface = on_create_surface, .create_region = on_create_region};

static void bind_compositor(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
	play_make(client, &wl_compositor_interface, (int)version, id, &compositor_requests, data,
		NULL);
}

/* ---- wl_subcompositor ---- */

static void on_set_position(
	struct wl_client *client, struct wl_resource *resource, int32_t x, int32_t y)
{
	struct play_surface *surface = wl_resource_get_user_data(resource);

	(void)client;
	surface->place[0] = x;
	surface->place[1] = y;
}

static const struct wl_subsurface_interface subsurface_requests = {
	.destroy = play_end,
	.set_position = on_set_position,
	.place_above = IGNORED,
	.place_below = IGNORED,
	.set_sync = IGNORED,
	.set_desync = IGNORED,
};

static void on_get_subsurface(struct wl_client *client, struct wl_resource *resource, uint32_t id,
	struct wl_resource *surface_resource, struct wl_resource *parent_resource)
{
	struct play_surface *surface = play_surface_of(surface_resource);
	const struct play_surface *above = play_surface_of(parent_resource);

	(void)resource;
	for (; above; above = above->parent)
		play_must(above != surface, "a subsurface of itself");
	play_must(!surface->subsurface.resource, "a second subsurface");
	play_surface_role(surface, ROLE_SUBSURFACE);
	surface->parent = play_surface_of(parent_resource);
	grip_set(&surface->subsurface, play_make(client, &wl_subsurface_interface, 1, id,
					       &subsurface_requests, surface, NULL));
}

static const struct wl_subcompositor_interface subcompositor_requests = {
	.destroy = play_end, .get_subsurface = on_get_subsurface};

static void bind_subcompositor(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
	play_make(client, &wl_subcompositor_interface, (int)version, id, &subcompositor_requests,
		data, NULL);
}

/* ---- viewports and scales ---- */

static struct play_surface *viewport_surface(struct wl_resource *resource)
{
	struct play_surface *surface;

	wl_list_for_each (surface, &play.surfaces, link)
		if (surface->viewport.resource == resource)
			return surface;
	play_wrong("a viewport without its surface");
	return NULL;
}

static void on_source(struct wl_client *client, struct wl_resource *resource, wl_fixed_t x,
	wl_fixed_t y, wl_fixed_t width, wl_fixed_t height)
{
	struct play_surface *surface = viewport_surface(resource);

	(void)client;
	if (x == UNSET && y == UNSET && width == UNSET && height == UNSET) {
		surface->source[0] = surface->source[1] = 0;
		return;
	}
	play_must(x >= 0 && y >= 0 && width > 0 && height > 0, "a viewport's source of no size");
	surface->source[0] = x + width;
	surface->source[1] = y + height;
}

static void on_destination(
	struct wl_client *client, struct wl_resource *resource, int32_t width, int32_t height)
{
	struct play_surface *surface = viewport_surface(resource);

	(void)client;
	play_must(width > 0 && height > 0, "a viewport's destination of no size");
	surface->size[0] = width;
	surface->size[1] = height;
}

static const struct wp_viewport_interface viewport_requests = {
	.destroy = play_end, .set_source = on_source, .set_destination = on_destination};

static void on_get_viewport(struct wl_client *client, struct wl_resource *resource, uint32_t id,
	struct wl_resource *surface)
{
	struct grip *grip = &play_surface_of(surface)->viewport;

	(void)resource;
	play_must(!grip->resource, "a second viewport");
	grip_set(grip,
		play_make(client, &wp_viewport_interface, 1, id, &viewport_requests, NULL, NULL));
}

static const struct wp_viewporter_interface viewporter_requests = {
	.destroy = play_end, .get_viewport = on_get_viewport};

static void bind_viewporter(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
	play_make(client, &wp_viewporter_interface, (int)version, id, &viewporter_requests, data,
		NULL);
}

static const struct wp_fractional_scale_v1_interface scale_requests = {.destroy = play_end};

static void on_get_scale(struct wl_client *client, struct wl_resource *resource, uint32_t id,
	struct wl_resource *surface)
{
	struct grip *grip = &play_surface_of(surface)->fractional;

	(void)resource;
	play_must(!grip->resource, "a second fractional scale");
	grip_set(grip, play_make(client, &wp_fractional_scale_v1_interface, 1, id, &scale_requests,
			       NULL, NULL));
}

static const struct wp_fractional_scale_manager_v1_interface scales_requests = {
	.destroy = play_end, .get_fractional_scale = on_get_scale};

static void bind_scales(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
	play_make(client, &wp_fractional_scale_manager_v1_interface, (int)version, id,
		&scales_requests, data, NULL);
}

/* ---- presentation ---- */

static void on_feedback(struct wl_client *client, struct wl_resource *resource,
	struct wl_resource *surface, uint32_t id)
{
	struct wl_resource *feedback = play_make(
		client, &wp_presentation_feedback_interface, 1, id, NULL, NULL, on_callback_end);

	(void)resource;
	(void)surface;
	wl_list_insert(&play.feedbacks, wl_resource_get_link(feedback));
}

static const struct wp_presentation_interface presentation_requests = {
	.destroy = play_end, .feedback = on_feedback};

static void bind_presentation(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
	struct wl_resource *resource = play_make(client, &wp_presentation_interface, (int)version,
		id, &presentation_requests, data, NULL);

	wp_presentation_send_clock_id(resource, CLOCK_MONOTONIC);
}

/* ---- steps ---- */

static void feedback_tell(struct wl_resource *feedback, bool shown, uint32_t seconds)
{
	if (shown)
		wp_presentation_feedback_send_presented(
			feedback, 0, seconds, 500000000, 16666666, 0, 1, 0);
	else
		wp_presentation_feedback_send_discarded(feedback);
	wl_resource_destroy(feedback);
}

static void step_frame(struct input_bytes *in)
{
	struct wl_resource *resource, *next;
	uint8_t how = input_byte(in);

	wl_resource_for_each_safe (resource, next, &play.feedbacks)
		feedback_tell(resource, how & 1, how >> 4);
	wl_resource_for_each_safe (resource, next, &play.callbacks) {
		wl_callback_send_done(resource, play_time());
		wl_resource_destroy(resource);
	}
	if (how & 2)
		buffers_release();
}

static void step_release(struct input_bytes *in)
{
	(void)in;
	buffers_release();
}

static void step_scale(struct input_bytes *in)
{
	const struct play_surface *surface = play_surface_pick(in);
	uint32_t scale = input_byte(in) * 5u;

	if (surface && surface->fractional.resource)
		wp_fractional_scale_v1_send_preferred_scale(surface->fractional.resource, scale);
}

play_step *const surface_steps[] = {step_frame, step_frame, step_release, step_scale, NULL};

void surface_begin(void)
{
	wl_list_init(&play.surfaces);
	play_offer(&wl_compositor_interface, 4, bind_compositor);
	play_offer(&wl_subcompositor_interface, 1, bind_subcompositor);
	play_offer(&wp_viewporter_interface, 1, bind_viewporter);
	play_offer(&wp_presentation_interface, 1, bind_presentation);
	if (play.offers & COMPOSITOR_FRACTIONAL)
		play_offer(&wp_fractional_scale_manager_v1_interface, 1, bind_scales);
}
