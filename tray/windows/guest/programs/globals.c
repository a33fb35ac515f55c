#include "tray/windows/guest/programs/globals.h"

#include <wlr/types/wlr_data_control_v1.h>
#include <wlr/types/wlr_fractional_scale_v1.h>
#include <wlr/types/wlr_idle_inhibit_v1.h>
#include <wlr/types/wlr_presentation_time.h>
#include <wlr/types/wlr_primary_selection_v1.h>
#include <wlr/types/wlr_server_decoration.h>
#include <wlr/types/wlr_single_pixel_buffer_v1.h>
#include <wlr/types/wlr_viewporter.h>
#include <wlr/types/wlr_xdg_decoration_v1.h>
#include <wlr/types/wlr_xdg_foreign_registry.h>
#include <wlr/types/wlr_xdg_foreign_v1.h>
#include <wlr/types/wlr_xdg_foreign_v2.h>
#include <wlr/xwayland/shell.h>

#include "tray/windows/guest/programs/activation.h"
#include "tray/windows/guest/programs/popup.h"
#include "tray/windows/guest/programs/toplevel.h"
#include "tray/windows/guest/programs/x11.h"
#include "tray/windows/guest/shell/wlroots.h"

static bool on_filter(const struct wl_client *client, const struct wl_global *global, void *data)
{
	const struct server *server = data;
	const struct wlr_xwayland_shell_v1 *shell = server->x11.manager.shell;

	if (shell && global == shell->global)
		return server_is_x11(server, client);
	return screens_filter(server, client, global);
}

/* Without events that anybody here listens to. */
static bool plain_create(struct server *server)
{
	struct wl_display *display = server->display;
	struct wlr_xdg_foreign_registry *foreign = wlr_xdg_foreign_registry_create(display);

	return foreign && wlr_xdg_foreign_v1_create(display, foreign) &&
	       wlr_xdg_foreign_v2_create(display, foreign) && wlr_viewporter_create(display) &&
	       wlr_single_pixel_buffer_manager_v1_create(display) &&
	       wlr_fractional_scale_manager_v1_create(display, 1) &&
	       wlr_idle_inhibit_v1_create(display) && wlr_data_device_manager_create(display) &&
	       wlr_data_control_manager_v1_create(display) &&
	       wlr_primary_selection_v1_device_manager_create(display) &&
	       wlr_presentation_create(display, server->backend);
}

static bool decorations_create(struct server *server)
{
	struct wlr_xdg_decoration_manager_v1 *xdg =
		wlr_xdg_decoration_manager_v1_create(server->display);
	struct wlr_server_decoration_manager *kde =
		wlr_server_decoration_manager_create(server->display);

	if (!xdg || !kde)
		return false;
	wlr_server_decoration_manager_set_default_mode(
		kde, WLR_SERVER_DECORATION_MANAGER_MODE_SERVER);
	server_listen(&server->new_decoration, &xdg->events.new_toplevel_decoration,
		toplevel_on_decoration);
	return true;
}

static bool shell_create(struct server *server)
{
	struct wlr_xdg_shell *shell = wlr_xdg_shell_create(server->display, 6);

	if (!shell || !tokens_create(server->display, &activation_ops, server))
		return false;
	server_listen(&server->new_toplevel, &shell->events.new_toplevel, toplevel_on_new);
	server_listen(&server->new_popup, &shell->events.new_popup, popup_on_new);
	return true;
}

static void x11_use(void *data, struct wlr_xwayland *xwayland)
{
	struct server *server = data;

	server_deafen(&server->new_x11);
	server->xwayland = xwayland;
	if (xwayland)
		server_listen(&server->new_x11, &xwayland->events.new_surface, x11_on_new);
}

static void x11_ready(void *data)
{
	struct server *server = data;

	wlr_xwayland_set_seat(server->xwayland, server->seat);
	wl_signal_emit_mutable(&server->events_of.x11_ready, NULL);
}

static const struct xwayland_ops x11_ops = {.on_use = x11_use, .on_ready = x11_ready};

int globals_create(struct server *server)
{
	if (!plain_create(server) || !decorations_create(server) || !shell_create(server))
		return UV_ENOMEM;
	wl_display_set_global_filter(server->display, on_filter, server);
	wl_list_init(&server->new_x11.link);
	xwayland_init(
		&server->x11, server->loop, server->display, server->compositor, &x11_ops, server);
	return 0;
}

void globals_finish(struct server *server)
{
	server_deafen(&server->new_toplevel);
	server_deafen(&server->new_popup);
	server_deafen(&server->new_decoration);
}
