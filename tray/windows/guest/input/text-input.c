#include "tray/windows/guest/input/text-input.h"

#include <stdlib.h>
#include <string.h>
#include <wlr/types/wlr_text_input_v3.h>

#include "proto/base/text.h"
#include "tray/windows/guest/pixels/scale.h"
#include "tray/windows/guest/shell/member.h"
#include "tray/windows/guest/shell/wlroots.h"

/* A program's object for a seat. */
struct text_object {
	struct text_input *text;
	struct wlr_text_input_v3 *wlr;
	struct wl_list link;
	struct wl_listener enable, commit, disable, destroy;
};

/* The one that wants text, of the window that has the keyboard; NULL. */
static struct text_object *object_active(const struct text_input *text)
{
	struct text_object *object;

	wl_list_for_each (object, &text->inputs, link)
		if (object->wlr->focused_surface && object->wlr->current_enabled)
			return object;
	return NULL;
}

static void on_enable(struct wl_listener *listener, void *data)
{
	struct text_object *object = wl_container_of(listener, object, enable);

	(void)data;
	object->text->changed = true;
}

static void on_commit(struct wl_listener *listener, void *data)
{
	struct text_object *object = wl_container_of(listener, object, commit);

	(void)data;
	object->text->changed = true;
}

static void on_disable(struct wl_listener *listener, void *data)
{
	struct text_object *object = wl_container_of(listener, object, disable);

	(void)data;
	object->text->changed = true;
}

static void object_free(struct text_object *object)
{
	object->text->changed = true;
	object->text->count--;
	wl_list_remove(&object->link);
	wl_list_remove(&object->enable.link);
	wl_list_remove(&object->commit.link);
	wl_list_remove(&object->disable.link);
	wl_list_remove(&object->destroy.link);
	free(object);
}

static void on_destroy(struct wl_listener *listener, void *data)
{
	struct text_object *object = wl_container_of(listener, object, destroy);

	(void)data;
	object_free(object);
}

/* It follows the keyboard. */
static void object_focus(struct text_object *object)
{
	struct text_input *text = object->text;
	struct wlr_surface *focus = text->server->seat->keyboard_state.focused_surface;
	bool same = focus && wl_resource_get_client(focus->resource) ==
				     wl_resource_get_client(object->wlr->resource);

	if (object->wlr->focused_surface && object->wlr->focused_surface != focus)
		wlr_text_input_v3_send_leave(object->wlr);
	if (same && text->allowed && !object->wlr->focused_surface)
		wlr_text_input_v3_send_enter(object->wlr, focus);
	text->changed = true;
}

static void on_focus(struct wl_listener *listener, void *data)
{
	struct text_input *text = wl_container_of(listener, text, focus);
	struct text_object *object;

	(void)data;
	wl_list_for_each (object, &text->inputs, link)
		object_focus(object);
}

static void on_new(struct wl_listener *listener, void *data)
{
	struct text_input *text = wl_container_of(listener, text, new_input);
	struct wlr_text_input_v3 *wlr = data;
	struct text_object *object = NULL;

	if (text->count < TEXT_INPUTS_MAX)
		object = calloc(1, sizeof(*object));
	if (!object)
		return;
	object->text = text;
	object->wlr = wlr;
	text->count++;
	wl_list_insert(&text->inputs, &object->link);
	server_listen(&object->enable, &wlr->events.enable, on_enable);
	server_listen(&object->commit, &wlr->events.commit, on_commit);
	server_listen(&object->disable, &wlr->events.disable, on_disable);
	server_listen(&object->destroy, &wlr->events.destroy, on_destroy);
	object_focus(object);
}

int text_input_init(struct text_input *text, struct server *server)
{
	text->server = server;
	wl_list_init(&text->inputs);
	text->all = wlr_text_input_manager_v3_create(server->display);
	if (!text->all)
		return UV_ENOMEM;
	server_listen(&text->new_input, &text->all->events.text_input, on_new);
	server_listen(&text->focus, &server->seat->keyboard_state.events.focus_change, on_focus);
	return 0;
}

void text_input_finish(struct text_input *text)
{
	struct text_object *object, *next;

	wl_list_for_each_safe (object, next, &text->inputs, link)
		object_free(object);
	server_deafen(&text->new_input);
	server_deafen(&text->focus);
}

void text_input_allow(struct text_input *text, bool allowed)
{
	struct text_object *object;

	text->allowed = allowed;
	text->window = 0;
	wl_list_for_each (object, &text->inputs, link) {
		if (!allowed && object->wlr->focused_surface)
			wlr_text_input_v3_send_leave(object->wlr);
		object_focus(object);
	}
}

/* ---- to the host ---- */

/* As much of the text around the caret as may go, cut between characters. */
static void surrounding_fill(const struct wlr_text_input_v3_state *state,
	char text[WINDOWS_TEXT_MAX + 1], Vmsilo__Windows__TextInput *ret)
{
	const char *all = state->surrounding.text ? state->surrounding.text : "";
	size_t length = strlen(all);

	text[0] = '\0';
	ret->surrounding = text;
	if (length > WINDOWS_TEXT_MAX || !text_is_utf8(all, length) ||
		state->surrounding.cursor > length || state->surrounding.anchor > length)
		return;
	memcpy(text, all, length + 1);
	ret->cursor = state->surrounding.cursor;
	ret->anchor = state->surrounding.anchor;
}

static void caret_fill(const struct window *window, const struct text_object *object,
	Vmsilo__Windows__TextInput *ret)
{
	const struct wlr_box *caret = &object->wlr->current.cursor_rectangle;
	const struct member *member = member_of(object->wlr->focused_surface);
	int32_t bound = WINDOWS_SIDE_MAX;

	ret->x = scale_up(scale_bound(caret->x, -bound, bound) + member->box.x, window->scale);
	ret->y = scale_up(scale_bound(caret->y, -bound, bound) + member->box.y, window->scale);
	ret->width = (uint32_t)scale_bound(
		scale_up(scale_bound(caret->width, 0, bound), window->scale), 0, bound);
	ret->height = (uint32_t)scale_bound(
		scale_up(scale_bound(caret->height, 0, bound), window->scale), 0, bound);
}

static void enabled_send(
	struct text_input *text, const struct window *window, const struct text_object *object)
{
	Vmsilo__Windows__TextInput message = VMSILO__WINDOWS__TEXT_INPUT__INIT;
	const struct wlr_text_input_v3_state *state = &object->wlr->current;
	char surrounding[WINDOWS_TEXT_MAX + 1];

	message.window = window->number;
	message.enabled = true;
	message.purpose = state->content_type.purpose;
	message.hint = state->content_type.hint;
	caret_fill(window, object, &message);
	surrounding_fill(state, surrounding, &message);
	stream_send(text->server->stream, FRAME_WINDOWS_TEXT_INPUT, &message.base);
	text->window = window->number;
}

static void disabled_send(struct text_input *text)
{
	Vmsilo__Windows__TextInput message = VMSILO__WINDOWS__TEXT_INPUT__INIT;

	message.window = text->window;
	if (window_find(text->server, text->window))
		stream_send(text->server->stream, FRAME_WINDOWS_TEXT_INPUT, &message.base);
	text->window = 0;
}

void text_input_flush(struct text_input *text)
{
	if (!text->changed || !stream_ready(text->server->stream))
		return;
	text->changed = false;
	const struct text_object *object = text->allowed ? object_active(text) : NULL;
	const struct window *window = object ? window_of(object->wlr->focused_surface) : NULL;
	if (window && window->number == 0)
		window = NULL;
	if (text->window > 0 && (!window || window->number != text->window))
		disabled_send(text);
	if (window)
		enabled_send(text, window, object);
}

/* ---- from the host ---- */

void text_input_event(struct text_input *text, const Vmsilo__Windows__TextEvent *message)
{
	struct text_object *object = object_active(text);
	const struct window *window = object ? window_of(object->wlr->focused_surface) : NULL;

	if (!window || window->number != message->window)
		return;
	struct wlr_text_input_v3 *wlr = object->wlr;
	wlr_text_input_v3_send_preedit_string(wlr, message->preedit[0] ? message->preedit : NULL,
		message->preedit_begin, message->preedit_end);
	if (message->delete_before || message->delete_after)
		wlr_text_input_v3_send_delete_surrounding_text(
			wlr, message->delete_before, message->delete_after);
	if (message->commit[0])
		wlr_text_input_v3_send_commit_string(wlr, message->commit);
	wlr_text_input_v3_send_done(wlr);
}
