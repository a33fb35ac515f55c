#include "tray/windows/guest/shell/screens.h"

#include <stdio.h>
#include <uv.h>
#include <wlr/types/wlr_xdg_output_v1.h>

#include "tray/windows/guest/pixels/scale.h"
#include "tray/windows/guest/shell/server.h"
#include "tray/windows/guest/shell/wlroots.h"

#define WIDTH_FIRST 1920 /* until the host has said */
#define HEIGHT_FIRST 1080
#define X11_ROOM 3         /* times the largest screen, either way: x11_place() */
#define X11_SIDE_MAX 32000 /* X11's places have 16 bits */

/* Nothing is drawn on it, so it needs no buffers. */
static void output_set(struct wlr_output *output, uint32_t width, uint32_t height, uint32_t refresh,
	uint32_t scale)
{
	struct wlr_output_state state;

	wlr_output_state_init(&state);
	wlr_output_state_set_enabled(&state, true);
	wlr_output_state_set_custom_mode(&state, (int32_t)width, (int32_t)height, (int32_t)refresh);
	wlr_output_state_set_scale(&state, (float)scale / WINDOWS_SCALE_ONE);
	wlr_output_commit_state(output, &state);
	wlr_output_state_finish(&state);
}

static struct wlr_output *output_add(struct server *server, const char *name)
{
	struct wlr_output *output =
		wlr_headless_add_output(server->backend, WIDTH_FIRST, HEIGHT_FIRST);

	if (!output)
		return NULL;
	wlr_output_set_name(output, name);
	output_set(output, WIDTH_FIRST, HEIGHT_FIRST, 0, WINDOWS_SCALE_ONE);
	wlr_output_layout_add(server->screens.layout, output, 0, 0);
	wlr_output_create_global(output, server->display);
	return output;
}

static void count_set(struct server *server, size_t count)
{
	struct screens *screens = &server->screens;
	char name[32];

	while (screens->count > count)
		wlr_output_destroy(screens->list[--screens->count]);
	while (screens->count < count) {
		snprintf(name, sizeof(name), "VM-%zu", screens->count + 1);
		struct wlr_output *output = output_add(server, name);
		if (!output)
			return;
		screens->list[screens->count++] = output;
	}
}

static void x11_set(struct server *server)
{
	uint32_t width, height;

	screens_bounds(server, &width, &height);
	width = width * X11_ROOM < X11_SIDE_MAX ? width * X11_ROOM : X11_SIDE_MAX;
	height = height * X11_ROOM < X11_SIDE_MAX ? height * X11_ROOM : X11_SIDE_MAX;
	output_set(server->screens.x11, width, height, 0, WINDOWS_SCALE_ONE);
}

int screens_init(struct server *server)
{
	struct screens *screens = &server->screens;

	screens->scale = WINDOWS_SCALE_ONE;
	screens->layout = wlr_output_layout_create(server->display);
	if (!screens->layout || !wlr_xdg_output_manager_v1_create(server->display, screens->layout))
		return UV_ENOMEM;
	count_set(server, 1);
	screens->x11 = output_add(server, "X11");
	if (screens->count == 0 || !screens->x11)
		return UV_ENOMEM;
	x11_set(server);
	return 0;
}

void screens_set(struct server *server, const Vmsilo__Windows__Settings *settings)
{
	struct screens *screens = &server->screens;

	if (settings->n_outputs == 0)
		return;
	count_set(server, settings->n_outputs);
	screens->scale = settings->outputs[0]->scale;
	for (size_t i = 0; i < screens->count; i++) {
		const Vmsilo__Windows__Output *output = settings->outputs[i];
		output_set(screens->list[i], output->width, output->height, output->refresh_mhz,
			output->scale);
		wlr_output_layout_add(screens->layout, screens->list[i],
			scale_down(output->x, output->scale), scale_down(output->y, output->scale));
	}
	x11_set(server);
}

bool screens_filter(
	const struct server *server, const struct wl_client *client, const struct wl_global *global)
{
	const struct screens *screens = &server->screens;
	bool x11 = server_is_x11(server, client);

	if (screens->x11 && global == screens->x11->global)
		return x11;
	for (size_t i = 0; i < screens->count; i++)
		if (global == screens->list[i]->global)
			return !x11;
	return true;
}

struct wlr_output *screens_of(const struct server *server, bool x11)
{
	return x11 ? server->screens.x11 : server->screens.list[0];
}

void screens_bounds(const struct server *server, uint32_t *width, uint32_t *height)
{
	*width = *height = 1;
	for (size_t i = 0; i < server->screens.count; i++) {
		const struct wlr_output *output = server->screens.list[i];
		if ((uint32_t)output->width > *width)
			*width = (uint32_t)output->width;
		if ((uint32_t)output->height > *height)
			*height = (uint32_t)output->height;
	}
}
