#include "tray/windows/guest/shell/feedback.h"

#include <time.h>
#include <wlr/types/wlr_presentation_time.h>

#include "tray/windows/guest/shell/member.h"
#include "tray/windows/guest/shell/wlroots.h"

#define SETS WINDOWS_FRAMES_MAX

static void set_drop(struct wl_array *set)
{
	struct wlr_presentation_feedback **feedback;

	wl_array_for_each (feedback, set)
		wlr_presentation_feedback_destroy(*feedback);
	set->size = 0;
}

void feedback_init(struct frames *frames)
{
	for (size_t i = 0; i < SETS; i++)
		wl_array_init(&frames->feedbacks[i]);
}

void feedback_drop(struct frames *frames)
{
	for (size_t i = 0; i < SETS; i++)
		set_drop(&frames->feedbacks[i]);
}

void feedback_finish(struct frames *frames)
{
	feedback_drop(frames);
	for (size_t i = 0; i < SETS; i++)
		wl_array_release(&frames->feedbacks[i]);
}

void feedback_take(struct window *window)
{
	struct wl_array *set = &window->frames.feedbacks[window->frames.under_way - 1];
	struct member *member;

	wl_list_for_each (member, &window->members, link) {
		struct wlr_presentation_feedback *feedback =
			wlr_presentation_surface_sampled(member->surface);
		if (!feedback)
			continue;
		struct wlr_presentation_feedback **at = wl_array_add(set, sizeof(*at));
		if (at)
			*at = feedback;
		else
			wlr_presentation_feedback_destroy(feedback);
	}
}

static void event_make(const struct window *window, const Vmsilo__Windows__FrameDone *message,
	struct wlr_presentation_event *ret)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	uint64_t at_us = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
	at_us -= message->presented_us < at_us ? message->presented_us : 0;
	*ret = (struct wlr_presentation_event){
		.output = screens_of(window->server, window->x11),
		.tv_sec = at_us / 1000000,
		.tv_nsec = (uint32_t)(at_us % 1000000 * 1000),
		.refresh = message->refresh_us < 1000000 ? message->refresh_us * 1000 : 0,
	};
}

void feedback_send(struct window *window, const Vmsilo__Windows__FrameDone *message)
{
	struct wl_array *sets = window->frames.feedbacks;
	struct wlr_presentation_feedback **feedback;
	struct wlr_presentation_event event;

	event_make(window, message, &event);
	wl_array_for_each (feedback, &sets[0])
		wlr_presentation_feedback_send_presented(*feedback, &event);
	set_drop(&sets[0]);
	struct wl_array first = sets[0];
	for (size_t i = 1; i < SETS; i++)
		sets[i - 1] = sets[i];
	sets[SETS - 1] = first;
}
