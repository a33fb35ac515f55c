#include "tray/windows/guest/shell/beat.h"

#include "tray/windows/guest/shell/member.h"
#include "tray/windows/guest/shell/wlroots.h"

static bool window_waits(const struct window *window)
{
	const struct member *member;

	wl_list_for_each (member, &window->members, link)
		if (!wl_list_empty(&member->surface->current.frame_callback_list))
			return true;
	return false;
}

/* The host's FRAME_DONE will come. */
static bool host_beats(const struct window *window)
{
	return window->number > 0 && (window->frames.under_way > 0 || window->state.hidden);
}

static void on_beat(uv_timer_t *timer)
{
	struct server *server = timer->data;
	struct window *window;

	wl_list_for_each (window, &server->windows, link)
		if (!host_beats(window))
			frames_call_back(window);
	server_want_beat(server);
}

void beat_init(struct server *server)
{
	uv_timer_init(server->loop, &server->beat);
	server->beat.data = server;
}

void beat_set(struct server *server)
{
	const struct window *window;

	if (!server->beat_wanted)
		return;
	server->beat_wanted = false;
	if (uv_is_active((uv_handle_t *)&server->beat))
		return;
	wl_list_for_each (window, &server->windows, link) {
		if (host_beats(window) || !window_waits(window))
			continue;
		uv_timer_start(&server->beat, on_beat,
			stream_open(server->stream) ? BEAT_MS : BEAT_UNSEEN_MS, 0);
		return;
	}
}
