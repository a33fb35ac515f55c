/*
 * The connection to the user's compositor on a libuv loop: what it offers, its outputs, and an
 * account of its end. Events are dispatched from the loop; requests go at the end of a turn.
 */
#ifndef VMSILO_TRAY_WINDOWS_DESKTOP_DESKTOP_H
#define VMSILO_TRAY_WINDOWS_DESKTOP_DESKTOP_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#include <uv.h>
#include <wayland-client.h>

#include "proto/base/error.h"
#include "tray/windows/desktop/outputs.h"

struct desktop_ops {
	/* A seat is there, with what it has (wl_seat's capabilities), or has other things now; or
	 * there is none any more (NULL). At most one at a time. */
	void (*on_seat)(void *data, struct wl_seat *seat, uint32_t capabilities);
	/* Outputs came, went or changed. */
	void (*on_outputs)(void *data);
	/* All that has come from the compositor was told. */
	void (*on_heard)(void *data);
	/* The compositor reads again, after desktop_flush() said that it does not. */
	void (*on_flushed)(void *data);
	/* The connection is over: why, for the log, and whether the compositor ended it for a
	 * request that it did not like, and is there itself. Called once. */
	void (*on_end)(void *data, bool refused, const char *why);
};

struct desktop {
	uv_loop_t *loop;
	const struct desktop_ops *ops;
	void *data;
	struct wl_display *display;
	struct wl_registry *registry;
	struct wl_compositor *compositor;
	struct wl_subcompositor *subcompositor;
	struct wl_shm *shm;
	struct xdg_wm_base *shell;
	struct wp_viewporter *viewporter;
	/* NULL: not offered; so are all below. */
	struct wl_seat *seat;
	uint32_t seat_name, seat_capabilities;
	struct wl_data_device_manager *data_devices;
	struct zxdg_decoration_manager_v1 *decorations;
	struct wp_fractional_scale_manager_v1 *fractional;
	struct wp_presentation *presentation;
	struct zxdg_output_manager_v1 *output_manager;
	struct xdg_activation_v1 *activation;
	struct wp_cursor_shape_manager_v1 *cursor_shapes;
	struct zwp_relative_pointer_manager_v1 *relative_pointers;
	struct zwp_pointer_constraints_v1 *constraints;
	struct zwp_text_input_manager_v3 *text_inputs;
	struct wp_security_context_manager_v1 *security; /* NULL: also on a restricted connection */
	clockid_t clock;                                 /* of the presentation's times */
	struct outputs outputs;
	uv_poll_t poll;
	uv_prepare_t prepare;
	bool polling;
	bool blocked; /* the socket to the compositor is full */
	bool ended;
};

/* Connects to the descriptor, or to $WAYLAND_DISPLAY where fd is -1, and waits until everything is
 * known that it offers. Where the compositor can restrict a connection (context.h), it is another
 * one, in the name of the VM; where it can and that fails, it is said. UV_ENOTSUP where it lacks
 * what no window can do without. */
int desktop_connect(struct desktop *desktop, int fd, const char *vm, struct error *error);
/* From now on events come by the loop. */
int desktop_start(
	struct desktop *desktop, uv_loop_t *loop, const struct desktop_ops *ops, void *data);
/* Closes the handles, too; the loop must turn once more. */
void desktop_finish(struct desktop *desktop);

/* Sends what is queued. False: the compositor does not read; on_flushed says when it does. */
bool desktop_flush(struct desktop *desktop);

#endif
