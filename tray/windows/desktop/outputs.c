#include "tray/windows/desktop/outputs.h"

#include <xdg-output-unstable-v1-client-protocol.h>

#include "tray/windows/draw/scale.h"

#define OUTPUT_VERSION 3

void outputs_init(struct outputs *outputs)
{
	*outputs = (struct outputs){0};
}

static void output_free(struct output *output)
{
	if (output->xdg)
		zxdg_output_v1_destroy(output->xdg);
	if (wl_output_get_version(output->output) >= WL_OUTPUT_RELEASE_SINCE_VERSION)
		wl_output_release(output->output);
	else
		wl_output_destroy(output->output);
	*output = (struct output){0};
}

void outputs_finish(struct outputs *outputs)
{
	for (int i = 0; i < WINDOWS_OUTPUTS_MAX; i++)
		if (outputs->places[i].output)
			output_free(&outputs->places[i]);
}

static void changed(const struct outputs *outputs)
{
	if (outputs->on_change)
		outputs->on_change(outputs->data);
}

/* A quarter turn changes sides; wl_output's transforms are odd then. */
static void output_settle(struct output *output)
{
	int32_t width = output->transform & 1 ? output->mode_height : output->mode_width;

	if (output->logical_width > 0 && width > 0)
		output->scale =
			scale_of_widths(width, output->logical_width, output->integer_scale);
	else
		output->scale = (uint32_t)output->integer_scale * WINDOWS_SCALE_ONE;
}

/* ---- wl_output ---- */

static void on_geometry(void *data, struct wl_output *handle, int32_t x, int32_t y,
	int32_t physical_width, int32_t physical_height, int32_t subpixel, const char *make,
	const char *model, int32_t transform)
{
	struct output *output = data;

	(void)handle;
	(void)physical_width;
	(void)physical_height;
	(void)subpixel;
	(void)make;
	(void)model;
	if (!output->xdg) {
		output->x = x;
		output->y = y;
	}
	output->transform = transform;
}

static void on_mode(void *data, struct wl_output *handle, uint32_t flags, int32_t width,
	int32_t height, int32_t refresh)
{
	struct output *output = data;

	(void)handle;
	if (!(flags & WL_OUTPUT_MODE_CURRENT))
		return;
	output->mode_width = width;
	output->mode_height = height;
	output->refresh_mhz = refresh;
}

static void on_done(void *data, struct wl_output *handle)
{
	struct output *output = data;

	(void)handle;
	output_settle(output);
	changed(output->outputs);
}

static void on_scale(void *data, struct wl_output *handle, int32_t factor)
{
	struct output *output = data;

	(void)handle;
	output->integer_scale = factor >= 1 && factor <= 8 ? factor : 1;
}

static const struct wl_output_listener listener = {
	.geometry = on_geometry, .mode = on_mode, .done = on_done, .scale = on_scale};

/* ---- xdg_output ---- */

static void on_logical_position(void *data, struct zxdg_output_v1 *xdg, int32_t x, int32_t y)
{
	struct output *output = data;

	(void)xdg;
	output->x = x;
	output->y = y;
}

static void on_logical_size(void *data, struct zxdg_output_v1 *xdg, int32_t width, int32_t height)
{
	struct output *output = data;

	(void)xdg;
	(void)height;
	output->logical_width = width;
}

/* Of versions below 3, which do not end with wl_output's. */
static void on_xdg_done(void *data, struct zxdg_output_v1 *xdg)
{
	struct output *output = data;

	(void)xdg;
	output_settle(output);
	changed(output->outputs);
}

static void on_name(void *data, struct zxdg_output_v1 *xdg, const char *name)
{
	(void)data;
	(void)xdg;
	(void)name;
}

static const struct zxdg_output_v1_listener xdg_listener = {
	.logical_position = on_logical_position,
	.logical_size = on_logical_size,
	.done = on_xdg_done,
	.name = on_name,
	.description = on_name,
};

static void output_manage(struct output *output)
{
	if (!output->outputs->manager || output->xdg)
		return;
	output->xdg =
		zxdg_output_manager_v1_get_xdg_output(output->outputs->manager, output->output);
	zxdg_output_v1_add_listener(output->xdg, &xdg_listener, output);
}

/* ---- all of them ---- */

void outputs_add(
	struct outputs *outputs, struct wl_registry *registry, uint32_t name, uint32_t version)
{
	struct output *output = outputs->places;

	while (output < outputs->places + WINDOWS_OUTPUTS_MAX && output->output)
		output++;
	if (output == outputs->places + WINDOWS_OUTPUTS_MAX || version < 2)
		return;
	*output = (struct output){
		.outputs = outputs, .name = name, .integer_scale = 1, .scale = WINDOWS_SCALE_ONE};
	output->output = wl_registry_bind(registry, name, &wl_output_interface,
		version < OUTPUT_VERSION ? version : OUTPUT_VERSION);
	wl_output_add_listener(output->output, &listener, output);
	output_manage(output);
}

void outputs_remove(struct outputs *outputs, uint32_t name)
{
	for (int i = 0; i < WINDOWS_OUTPUTS_MAX; i++)
		if (outputs->places[i].output && outputs->places[i].name == name) {
			output_free(&outputs->places[i]);
			changed(outputs);
		}
}

void outputs_manage(struct outputs *outputs, struct zxdg_output_manager_v1 *manager)
{
	outputs->manager = manager;
	for (int i = 0; i < WINDOWS_OUTPUTS_MAX; i++)
		if (outputs->places[i].output)
			output_manage(&outputs->places[i]);
}

void outputs_watch(struct outputs *outputs, void (*on_change)(void *data), void *data)
{
	outputs->on_change = on_change;
	outputs->data = data;
}

int outputs_place(const struct outputs *outputs, const struct wl_output *output)
{
	for (int i = 0; i < WINDOWS_OUTPUTS_MAX; i++)
		if (output && outputs->places[i].output == output)
			return i;
	return -1;
}

const struct output *outputs_at(const struct outputs *outputs, int place)
{
	return outputs->places[place].output ? &outputs->places[place] : NULL;
}

uint32_t outputs_scale(const struct outputs *outputs)
{
	uint32_t largest = 0;

	for (int i = 0; i < WINDOWS_OUTPUTS_MAX; i++)
		if (outputs->places[i].output && outputs->places[i].scale > largest)
			largest = outputs->places[i].scale;
	return largest > 0 ? largest : WINDOWS_SCALE_ONE;
}

void outputs_largest(
	const struct outputs *outputs, uint32_t places, int32_t *ret_width, int32_t *ret_height)
{
	*ret_width = *ret_height = 0;
	for (int i = 0; i < WINDOWS_OUTPUTS_MAX; i++) {
		const struct output *output = &outputs->places[i];
		if (!output->output || (places && !(places >> i & 1)))
			continue;
		bool turned = output->transform & 1;
		int32_t width = scale_to_logical(
			turned ? output->mode_height : output->mode_width, output->scale);
		int32_t height = scale_to_logical(
			turned ? output->mode_width : output->mode_height, output->scale);
		*ret_width = width > *ret_width ? width : *ret_width;
		*ret_height = height > *ret_height ? height : *ret_height;
	}
	if (*ret_width <= 0 || *ret_height <= 0)
		*ret_width = *ret_height = WINDOWS_SIDE_MAX;
}
