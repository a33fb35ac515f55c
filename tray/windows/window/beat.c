#include "tray/windows/window/beat.h"

#include <presentation-time-client-protocol.h>

#include "proto/wire/frame.h"
#include "tray/windows/window/toplevel.h"

#define NS_PER_US 1000

static uint64_t presentation_now(const struct view *view)
{
	struct timespec now;

	clock_gettime(view->desktop->clock, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void done_send(struct window *window, unsigned int frames)
{
	Vmsilo__Windows__FrameDone message = VMSILO__WINDOWS__FRAME_DONE__INIT;
	uint64_t now;

	const struct rules_window *known = rules_window(&window->view->guest.rules, window->id);

	if (!known || frames > known->frames)
		frames = known ? known->frames : 0;
	message.window = window->id;
	message.frames = frames;
	if (window->presented_ns > 0 && !window->hidden) {
		now = presentation_now(window->view);
		if (now > window->presented_ns)
			message.presented_us = (now - window->presented_ns) / NS_PER_US;
		message.refresh_us = (uint32_t)(window->refresh_ns / NS_PER_US);
	}
	rules_frames_done(&window->view->guest.rules, window->id, frames);
	guest_send(&window->view->guest, FRAME_WINDOWS_FRAME_DONE, &message.base);
}

/* ---- the compositor's ---- */

static bool is_waiting(const struct window *window)
{
	return window->callbacks[0] || window->callbacks[1];
}

static void on_frame(void *data, struct wl_callback *callback, uint32_t time)
{
	struct window *window = data;

	(void)time;
	for (int i = 0; i < WINDOWS_FRAMES_MAX; i++)
		if (window->callbacks[i] == callback)
			window->callbacks[i] = NULL;
	wl_callback_destroy(callback);
	window->called_at = uv_now(window->view->loop);
	beat_set_hidden(window, false);
	done_send(window, 1 + window->undone);
	window->undone = 0;
}

static const struct wl_callback_listener callback_listener = {.done = on_frame};

static void feedback_end(struct window *window)
{
	wp_presentation_feedback_destroy(window->feedback);
	window->feedback = NULL;
}

static void on_sync_output(
	void *data, struct wp_presentation_feedback *feedback, struct wl_output *output)
{
	(void)data;
	(void)feedback;
	(void)output;
}

static void on_presented(void *data, struct wp_presentation_feedback *feedback,
	uint32_t seconds_high, uint32_t seconds_low, uint32_t nanoseconds, uint32_t refresh,
	uint32_t sequence_high, uint32_t sequence_low, uint32_t flags)
{
	struct window *window = data;
	uint64_t seconds = (uint64_t)seconds_high << 32 | seconds_low;

	(void)feedback;
	(void)sequence_high;
	(void)sequence_low;
	(void)flags;
	window->presented_ns = seconds * 1000000000 + nanoseconds;
	window->refresh_ns = refresh;
	feedback_end(window);
}

static void on_discarded(void *data, struct wp_presentation_feedback *feedback)
{
	(void)feedback;
	feedback_end(data);
}

static const struct wp_presentation_feedback_listener feedback_listener = {
	.sync_output = on_sync_output, .presented = on_presented, .discarded = on_discarded};

static void feedback_ask(struct window *window)
{
	struct wp_presentation *presentation = window->view->desktop->presentation;

	if (!presentation || window->feedback)
		return;
	window->feedback = wp_presentation_feedback(presentation, window->content.surface);
	wp_presentation_feedback_add_listener(window->feedback, &feedback_listener, window);
}

/* ---- beats ---- */

static void beat_need(struct view *view)
{
	if (!uv_is_active((uv_handle_t *)&view->beat))
		uv_timer_again(&view->beat);
}

void beat_ask(struct window *window)
{
	int at = window->callbacks[0] ? 1 : 0;

	if (window->callbacks[at]) { /* a hidden window's, that are done already */
		window->undone++;
		return;
	}
	if (!is_waiting(window))
		window->called_at = uv_now(window->view->loop);
	window->callbacks[at] = wl_surface_frame(window->content.surface);
	wl_callback_add_listener(window->callbacks[at], &callback_listener, window);
	feedback_ask(window);
	beat_need(window->view);
}

void beat_skip(struct window *window)
{
	window->undone++;
	window->called_at = uv_now(window->view->loop);
	beat_need(window->view);
}

void beat_set_hidden(struct window *window, bool hidden)
{
	if (window->hidden == hidden)
		return;
	window->hidden = hidden;
	if (window->toplevel)
		toplevel_tell(window);
	window->view->on_counts(window->view->data);
	if (hidden)
		beat_need(window->view);
}

/* What waits without end is done. The callbacks stay with the surface: one of them says when it is
 * seen again. */
static void window_beat(struct window *window, uint64_t now)
{
	if (is_waiting(window) && !window->hidden && now - window->called_at >= VIEW_BEAT_MS)
		beat_set_hidden(window, true);
	if (!window->hidden && window->undone == 0)
		return;
	done_send(window, WINDOWS_FRAMES_MAX);
	window->undone = 0;
}

/* Stops by itself when nothing waits. */
static void on_beat(uv_timer_t *timer)
{
	struct view *view = timer->data;
	uint64_t now = uv_now(view->loop);
	bool needed = false;

	for (int i = 0; i < WINDOWS_MAX; i++) {
		struct window *window = view->windows[i];
		if (!window)
			continue;
		window_beat(window, now);
		needed = needed || window->hidden || is_waiting(window);
	}
	if (!needed)
		uv_timer_stop(timer);
}

int beat_init(struct view *view)
{
	int code = uv_timer_init(view->loop, &view->beat);

	view->beat.data = view;
	if (code == 0)
		code = uv_timer_start(&view->beat, on_beat, VIEW_BEAT_MS, VIEW_BEAT_MS);
	uv_timer_stop(&view->beat);
	return code;
}

void beat_finish(struct window *window)
{
	for (int i = 0; i < WINDOWS_FRAMES_MAX; i++)
		if (window->callbacks[i])
			wl_callback_destroy(window->callbacks[i]);
	if (window->feedback)
		feedback_end(window);
}
