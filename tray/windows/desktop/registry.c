#include "tray/windows/desktop/registry.h"

#include <cursor-shape-v1-client-protocol.h>
#include <fractional-scale-v1-client-protocol.h>
#include <pointer-constraints-unstable-v1-client-protocol.h>
#include <presentation-time-client-protocol.h>
#include <relative-pointer-unstable-v1-client-protocol.h>
#include <security-context-v1-client-protocol.h>
#include <stddef.h>
#include <string.h>
#include <text-input-unstable-v3-client-protocol.h>
#include <viewporter-client-protocol.h>
#include <xdg-activation-v1-client-protocol.h>
#include <xdg-decoration-unstable-v1-client-protocol.h>
#include <xdg-output-unstable-v1-client-protocol.h>
#include <xdg-shell-client-protocol.h>

/* Of xdg_wm_base: 6 has the state 'suspended', 5 what the compositor can do, 4 bounds, 3 popups
 * that are placed anew. wl_seat: 8 has steps of high-resolution wheels. */
#define SHELL_VERSION 6
#ifdef WL_POINTER_AXIS_RELATIVE_DIRECTION_SINCE_VERSION
#define SEAT_VERSION 9
#else
#define SEAT_VERSION 8
#endif

static const struct global {
	const struct wl_interface *interface;
	size_t offset;
	uint32_t least, most; /* versions */
	bool needed;
} globals[] = {
#define GLOBAL(member) offsetof(struct desktop, member)
	{&wl_compositor_interface, GLOBAL(compositor), 4, 4, true},
	{&wl_subcompositor_interface, GLOBAL(subcompositor), 1, 1, true},
	{&wl_shm_interface, GLOBAL(shm), 1, 1, true},
	{&xdg_wm_base_interface, GLOBAL(shell), 2, SHELL_VERSION, true},
	{&wp_viewporter_interface, GLOBAL(viewporter), 1, 1, true},
	{&wl_data_device_manager_interface, GLOBAL(data_devices), 3, 3, false},
	{&zxdg_decoration_manager_v1_interface, GLOBAL(decorations), 1, 1, false},
	{&wp_fractional_scale_manager_v1_interface, GLOBAL(fractional), 1, 1, false},
	{&wp_presentation_interface, GLOBAL(presentation), 1, 1, false},
	{&zxdg_output_manager_v1_interface, GLOBAL(output_manager), 2, 3, false},
	{&xdg_activation_v1_interface, GLOBAL(activation), 1, 1, false},
	{&wp_cursor_shape_manager_v1_interface, GLOBAL(cursor_shapes), 1, 1, false},
	{&zwp_relative_pointer_manager_v1_interface, GLOBAL(relative_pointers), 1, 1, false},
	{&zwp_pointer_constraints_v1_interface, GLOBAL(constraints), 1, 1, false},
	{&zwp_text_input_manager_v3_interface, GLOBAL(text_inputs), 1, 1, false},
	{&wp_security_context_manager_v1_interface, GLOBAL(security), 1, 1, false},
};

static void **place_of(const struct desktop *desktop, const struct global *global)
{
	return (void **)((char *)desktop + global->offset);
}

static uint32_t least_of(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* ---- answers that globals give by themselves ---- */

static void on_ping(void *data, struct xdg_wm_base *shell, uint32_t serial)
{
	(void)data;
	xdg_wm_base_pong(shell, serial);
}

static const struct xdg_wm_base_listener shell_listener = {.ping = on_ping};

static void on_clock(void *data, struct wp_presentation *presentation, uint32_t clock)
{
	struct desktop *desktop = data;

	(void)presentation;
	desktop->clock = (clockid_t)clock;
}

static const struct wp_presentation_listener presentation_listener = {.clock_id = on_clock};

static void listen_to(struct desktop *desktop, const struct global *global)
{
	if (global->interface == &xdg_wm_base_interface)
		xdg_wm_base_add_listener(desktop->shell, &shell_listener, desktop);
	else if (global->interface == &wp_presentation_interface)
		wp_presentation_add_listener(
			desktop->presentation, &presentation_listener, desktop);
	else if (global->interface == &zxdg_output_manager_v1_interface)
		outputs_manage(&desktop->outputs, desktop->output_manager);
}

/* ---- the registry ---- */

static void on_capabilities(void *data, struct wl_seat *seat, uint32_t capabilities)
{
	struct desktop *desktop = data;

	desktop->seat_capabilities = capabilities;
	if (desktop->ops)
		desktop->ops->on_seat(desktop->data, seat, capabilities);
}

static void on_seat_name(void *data, struct wl_seat *seat, const char *name)
{
	(void)data;
	(void)seat;
	(void)name;
}

static const struct wl_seat_listener seat_listener = {
	.capabilities = on_capabilities, .name = on_seat_name};

static void seat_bind(struct desktop *desktop, uint32_t name, uint32_t version)
{
	if (desktop->seat || version < 5)
		return;
	desktop->seat_name = name;
	desktop->seat_capabilities = 0;
	desktop->seat = wl_registry_bind(
		desktop->registry, name, &wl_seat_interface, least_of(version, SEAT_VERSION));
	/* At once: what it says first is not said again. */
	wl_seat_add_listener(desktop->seat, &seat_listener, desktop);
}

static void on_global(void *data, struct wl_registry *registry, uint32_t name,
	const char *interface, uint32_t version)
{
	struct desktop *desktop = data;

	if (strcmp(interface, wl_seat_interface.name) == 0) {
		seat_bind(desktop, name, version);
		return;
	}
	if (strcmp(interface, wl_output_interface.name) == 0) {
		outputs_add(&desktop->outputs, registry, name, version);
		return;
	}
	for (size_t i = 0; i < sizeof(globals) / sizeof(globals[0]); i++) {
		const struct global *global = &globals[i];
		void **place = place_of(desktop, global);
		if (strcmp(interface, global->interface->name) != 0 || *place ||
			version < global->least)
			continue;
		*place = wl_registry_bind(
			registry, name, global->interface, least_of(version, global->most));
		listen_to(desktop, global);
	}
}

static void on_global_remove(void *data, struct wl_registry *registry, uint32_t name)
{
	struct desktop *desktop = data;

	(void)registry;
	outputs_remove(&desktop->outputs, name);
	if (!desktop->seat || name != desktop->seat_name)
		return;
	if (desktop->ops)
		desktop->ops->on_seat(desktop->data, NULL, 0);
	wl_seat_release(desktop->seat);
	desktop->seat = NULL;
}

static const struct wl_registry_listener listener = {
	.global = on_global, .global_remove = on_global_remove};

void registry_listen(struct desktop *desktop)
{
	desktop->registry = wl_display_get_registry(desktop->display);
	wl_registry_add_listener(desktop->registry, &listener, desktop);
}

int registry_check(const struct desktop *desktop, struct error *error)
{
	for (size_t i = 0; i < sizeof(globals) / sizeof(globals[0]); i++)
		if (globals[i].needed && !*place_of(desktop, &globals[i]))
			return error_set(error, UV_ENOTSUP,
				"the compositor does not offer %s in version %u, without which "
				"there are no windows",
				globals[i].interface->name, globals[i].least);
	return 0;
}

void registry_finish(struct desktop *desktop)
{
	for (size_t i = 0; i < sizeof(globals) / sizeof(globals[0]); i++) {
		void **place = place_of(desktop, &globals[i]);
		if (*place)
			wl_proxy_destroy(*place);
		*place = NULL;
	}
	if (desktop->seat)
		wl_proxy_destroy((struct wl_proxy *)desktop->seat);
	if (desktop->registry)
		wl_registry_destroy(desktop->registry);
}
