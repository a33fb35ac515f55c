/* Screens, which come and go. */
#include <xdg-output-unstable-v1-server-protocol.h>

#include "tests/lib/compositor/play.h"

static void output_tell(const struct play_output *output)
{
	if (!output->resource.resource)
		return;
	wl_output_send_geometry(output->resource.resource, output->x, 0, 300, 200, 0, "none",
		"none", output->scale & 3);
	wl_output_send_mode(
		output->resource.resource, WL_OUTPUT_MODE_CURRENT, output->width, 600, 60000);
	wl_output_send_scale(output->resource.resource, output->scale);
	if (output->xdg.resource) {
		zxdg_output_v1_send_logical_position(output->xdg.resource, output->x, 0);
		zxdg_output_v1_send_logical_size(
			output->xdg.resource, output->width * 2 / (output->scale + 1), 600);
	}
	wl_output_send_done(output->resource.resource);
}

static const struct wl_output_interface output_requests = {.release = play_end};

static void bind_output(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
	struct play_output *output = data;

	grip_set(&output->resource, play_make(client, &wl_output_interface, (int)version, id,
					    &output_requests, output, NULL));
	output_tell(output);
}

static void output_add(void)
{
	struct play_output *output = play.outputs;

	while (output < play.outputs + PLAY_OUTPUTS_MAX && output->global)
		output++;
	if (output == play.outputs + PLAY_OUTPUTS_MAX)
		return;
	output->x = (int32_t)(output - play.outputs) * 800;
	output->width = 800;
	output->scale = 1;
	output->global =
		wl_global_create(play.display, &wl_output_interface, 3, output, bind_output);
}

/* ---- xdg_output ---- */

static const struct zxdg_output_v1_interface xdg_output_requests = {.destroy = play_end};

static void on_get_xdg_output(
	struct wl_client *client, struct wl_resource *resource, uint32_t id, struct wl_resource *of)
{
	struct play_output *output = wl_resource_get_user_data(of);

	grip_set(&output->xdg,
		play_make(client, &zxdg_output_v1_interface, wl_resource_get_version(resource), id,
			&xdg_output_requests, NULL, NULL));
	output_tell(output);
}

static const struct zxdg_output_manager_v1_interface manager_requests = {
	.destroy = play_end, .get_xdg_output = on_get_xdg_output};

static void bind_manager(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
	play_make(client, &zxdg_output_manager_v1_interface, (int)version, id, &manager_requests,
		data, NULL);
}

/* ---- steps ---- */

static struct play_output *output_pick(struct input_bytes *in)
{
	int at = input_byte(in) % PLAY_OUTPUTS_MAX;

	for (int i = 0; i < PLAY_OUTPUTS_MAX; i++) {
		struct play_output *output = &play.outputs[(at + i) % PLAY_OUTPUTS_MAX];
		if (output->global && !output->removed)
			return output;
	}
	return NULL;
}

static void step_change(struct input_bytes *in)
{
	struct play_output *output = output_pick(in);

	if (!output)
		return;
	output->scale = 1 + input_byte(in) % 4;
	output->width = input_byte(in) * 20;
	output->x = (input_byte(in) - 128) * 20;
	output_tell(output);
}

static void step_add(struct input_bytes *in)
{
	(void)in;
	output_add();
}

static void step_remove(struct input_bytes *in)
{
	struct play_output *output = output_pick(in);

	if (!output)
		return;
	/* It stays until the display goes: the client may be about to bind it. */
	wl_global_remove(output->global);
	output->removed = true;
}

static void step_enter(struct input_bytes *in)
{
	const struct play_surface *surface = play_surface_pick(in);
	const struct play_output *output = output_pick(in);

	if (surface && output && output->resource.resource)
		wl_surface_send_enter(surface->resource, output->resource.resource);
}

static void step_leave(struct input_bytes *in)
{
	const struct play_surface *surface = play_surface_pick(in);
	const struct play_output *output = output_pick(in);

	if (surface && output && output->resource.resource)
		wl_surface_send_leave(surface->resource, output->resource.resource);
}

play_step *const output_steps[] = {
	step_change, step_add, step_remove, step_enter, step_leave, NULL};

void output_begin(void)
{
	output_add();
	output_add();
	if (play.offers & COMPOSITOR_XDG_OUTPUT)
		play_offer(&zxdg_output_manager_v1_interface, 3, bind_manager);
}
