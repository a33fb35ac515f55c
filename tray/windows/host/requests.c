#include "tray/windows/host/requests.h"

#include <stdio.h>
#include <string.h>
#include <xdg-activation-v1-client-protocol.h>
#include <xdg-shell-client-protocol.h>

#include "proto/wire/frame.h"
#include "tray/windows/window/toplevel.h"
#include "tray/windows/window/window.h"

#define ATTENTION_MS 60000 /* at most once in so long, of all of a VM's windows */

/* ---- while a button is down ---- */

static bool is_pressed(const struct view *view, const struct window *window)
{
	return view->press.down && view->press.window == window->id && view->press.on_content &&
	       view->desktop->seat;
}

static void press_apply(struct view *view, const struct window *window,
	const Vmsilo__Windows__WindowRequest *message)
{
	struct wl_seat *seat = view->desktop->seat;
	int32_t x, y;

	if (!is_pressed(view, window) || !window->mapped)
		return;
	if (message->request == VMSILO__WINDOWS__REQUEST__REQUEST_MOVE)
		xdg_toplevel_move(window->toplevel, seat, view->press.serial);
	if (message->request == VMSILO__WINDOWS__REQUEST__REQUEST_RESIZE)
		xdg_toplevel_resize(window->toplevel, seat, view->press.serial, message->edges);
	if (message->request == VMSILO__WINDOWS__REQUEST__REQUEST_MENU) {
		window_content_at(window, &x, &y);
		xdg_toplevel_show_window_menu(window->toplevel, seat, view->press.serial, x, y);
	}
}

/* ---- attention ---- */

static void on_attention_token(
	void *data, struct xdg_activation_token_v1 *handle, const char *token)
{
	struct view *view = data;
	const struct window *window = window_find(view, view->attention.window);

	xdg_activation_token_v1_destroy(handle);
	view->attention.token = NULL;
	if (window && window->mapped)
		xdg_activation_v1_activate(view->desktop->activation, token, window->main);
}

static const struct xdg_activation_token_v1_listener attention_listener = {
	.done = on_attention_token};

/* A token that no press stands behind: compositors mark the window, and leave the focus alone. */
static void attention_ask(struct view *view, const struct window *window)
{
	uint64_t now = uv_now(view->loop);

	if (!view->desktop->activation || view->attention.token || view->focused == window->id ||
		(view->attention.at > 0 && now - view->attention.at < ATTENTION_MS))
		return;
	view->attention.at = now;
	view->attention.window = window->id;
	view->attention.token = xdg_activation_v1_get_activation_token(view->desktop->activation);
	xdg_activation_token_v1_add_listener(view->attention.token, &attention_listener, view);
	xdg_activation_token_v1_commit(view->attention.token);
}

void request_finish(struct view *view)
{
	if (view->attention.token)
		xdg_activation_token_v1_destroy(view->attention.token);
	view->attention.token = NULL;
}

/* ---- states ---- */

/* sway gives the focus to what fills the screen: a window may do so only while the user is at the
 * VM, or when it is there because he asked for it. */
static bool may_fill(const struct view *view, const struct window *window)
{
	return window_any_active(view) || (window->asked && !window->mapped);
}

static void state_apply(const struct view *view, struct window *window, uint32_t request)
{
	bool fills = request == VMSILO__WINDOWS__REQUEST__REQUEST_FULLSCREEN;

	if (fills || request == VMSILO__WINDOWS__REQUEST__REQUEST_UNFULLSCREEN)
		window->fills_when_asked = fills && !window->mapped && !may_fill(view, window);
	if (fills && !may_fill(view, window)) {
		toplevel_tell(window);
		return;
	}
	switch (request) {
	case VMSILO__WINDOWS__REQUEST__REQUEST_MAXIMIZE:
		xdg_toplevel_set_maximized(window->toplevel);
		break;
	case VMSILO__WINDOWS__REQUEST__REQUEST_UNMAXIMIZE:
		xdg_toplevel_unset_maximized(window->toplevel);
		break;
	case VMSILO__WINDOWS__REQUEST__REQUEST_FULLSCREEN:
		xdg_toplevel_set_fullscreen(window->toplevel, NULL);
		break;
	case VMSILO__WINDOWS__REQUEST__REQUEST_UNFULLSCREEN:
		xdg_toplevel_unset_fullscreen(window->toplevel);
		break;
	default:
		xdg_toplevel_set_minimized(window->toplevel);
		/* The compositor answers the others by a configure, and need not this one. */
		toplevel_tell(window);
		break;
	}
}

static void request_do(struct view *view, const Vmsilo__Windows__WindowRequest *message)
{
	struct window *window = window_find(view, message->window);

	if (!window || !window->toplevel)
		return;
	switch (message->request) {
	case VMSILO__WINDOWS__REQUEST__REQUEST_MOVE:
	case VMSILO__WINDOWS__REQUEST__REQUEST_RESIZE:
	case VMSILO__WINDOWS__REQUEST__REQUEST_MENU:
		press_apply(view, window, message);
		break;
	case VMSILO__WINDOWS__REQUEST__REQUEST_ATTENTION:
		attention_ask(view, window);
		break;
	default:
		state_apply(view, window, message->request);
		break;
	}
}

/* ---- the launcher's token ---- */

static void activation_try(struct view *view, struct window *window)
{
	for (int i = 0; i < VIEW_TOKENS && window->cookie[0]; i++) {
		struct view_token *known = &view->tokens[i];
		if (strcmp(known->cookie, window->cookie) != 0)
			continue;
		window->asked = true;
		if (window->fills_when_asked && !window->mapped)
			xdg_toplevel_set_fullscreen(window->toplevel, NULL);
		window->fills_when_asked = false;
		if (!window->mapped)
			return;
		if (view->desktop->activation)
			xdg_activation_v1_activate(
				view->desktop->activation, known->token, window->main);
		*known = (struct view_token){0};
		window->cookie[0] = '\0';
	}
}

void request_token(struct view *view, const char *cookie, const char *token)
{
	struct view_token *place = &view->tokens[view->tokens_next];

	if (strlen(cookie) > WINDOWS_TOKEN_MAX || strlen(token) > WINDOWS_TOKEN_MAX || !cookie[0])
		return;
	view->tokens_next = (view->tokens_next + 1) % VIEW_TOKENS;
	snprintf(place->cookie, sizeof(place->cookie), "%s", cookie);
	snprintf(place->token, sizeof(place->token), "%s", token);
	for (int i = 0; i < WINDOWS_MAX; i++)
		if (view->windows[i])
			activation_try(view, view->windows[i]);
}

void request_on_mapped(void *data, struct window *window)
{
	(void)data;
	activation_try(window->view, window);
}

static void activate_do(struct view *view, const Vmsilo__Windows__Activate *message)
{
	struct window *window = window_find(view, message->window);

	if (!window)
		return;
	strncpy(window->cookie, message->token, sizeof(window->cookie) - 1);
	activation_try(view, window);
}

void request_apply(struct view *view, uint16_t type, const ProtobufCMessage *message)
{
	if (type == FRAME_WINDOWS_REQUEST)
		request_do(view, (const void *)message);
	if (type == FRAME_WINDOWS_ACTIVATE)
		activate_do(view, (const void *)message);
}
