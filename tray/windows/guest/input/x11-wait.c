#include "tray/windows/guest/input/x11-wait.h"

#include <stdlib.h>
#include <xcb/xcbext.h>

#include "tray/windows/guest/shell/server.h"
#include "tray/windows/guest/shell/wlroots.h"

/* By which wlroots asks; NULL. */
static xcb_connection_t *connection_of(const struct x11_wait *wait)
{
	struct wlr_xwayland *xwayland = wait->server->xwayland;

	return xwayland ? wlr_xwayland_get_xwm_connection(xwayland) : NULL;
}

/* Any question: Xwayland answers it once it has done what it was asked before. */
static unsigned int ask(const struct x11_wait *wait)
{
	xcb_connection_t *connection = connection_of(wait);
	unsigned int asked = connection ? xcb_get_input_focus(connection).sequence : 0;

	if (connection)
		xcb_flush(connection);
	return asked;
}

/* What Xwayland has not is asked of nobody. */
static bool has_answered(const struct x11_wait *wait)
{
	xcb_connection_t *connection = connection_of(wait);
	xcb_generic_error_t *error = NULL;
	void *reply = NULL;

	if (!connection || xcb_connection_has_error(connection))
		return true;
	bool is_there = xcb_poll_for_reply(connection, wait->asked, &reply, &error);
	free(reply);
	free(error);
	return is_there;
}

static void forget(const struct x11_wait *wait)
{
	xcb_connection_t *connection = connection_of(wait);

	if (connection)
		xcb_discard_reply(connection, wait->asked);
}

void x11_wait_end(struct x11_wait *wait)
{
	struct channel *channel = wait->server->stream->channel;

	if (!wait->waits)
		return;
	wait->waits = false;
	uv_timer_stop(&wait->timer);
	wait->on_end(wait->data); /* before what the host said meanwhile */
	if (channel)
		channel_resume(channel);
}

static void on_patience(uv_timer_t *timer)
{
	x11_wait_end(timer->data);
}

void x11_wait_init(
	struct x11_wait *wait, struct server *server, void (*on_end)(void *data), void *data)
{
	*wait = (struct x11_wait){.server = server, .on_end = on_end, .data = data};
	uv_timer_init(server->loop, &wait->timer);
	wait->timer.data = wait;
}

void x11_wait_finish(struct x11_wait *wait)
{
	uv_close((uv_handle_t *)&wait->timer, NULL);
}

/* X11 answers in order: the last question is enough. */
void x11_wait_begin(struct x11_wait *wait)
{
	struct channel *channel = wait->server->stream->channel;

	if (!channel)
		return;
	if (wait->waits)
		forget(wait);
	else
		channel_pause(channel);
	wait->asked = ask(wait);
	wait->waits = true;
	uv_timer_start(&wait->timer, on_patience, X11_WAIT_MS, 0);
}

bool x11_wait_answered(struct x11_wait *wait)
{
	if (!wait->waits || !has_answered(wait))
		return false;
	x11_wait_end(wait);
	return true;
}
