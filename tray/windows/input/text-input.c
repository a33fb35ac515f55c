#include "tray/windows/input/text-input.h"

#include <string.h>
#include <text-input-unstable-v3-client-protocol.h>

#include "proto/wire/frame.h"
#include "tray/windows/draw/scale.h"
#include "tray/windows/input/input.h"
#include "tray/windows/window/window.h"

static void caret_set(struct text_input *text, const struct window *window,
	const Vmsilo__Windows__TextInput *message)
{
	uint32_t scale = window->content.scale ? window->content.scale : WINDOWS_SCALE_ONE;
	int32_t x, y;

	window_content_at(window, &x, &y);
	zwp_text_input_v3_set_cursor_rectangle(text->input, x + scale_to_logical(message->x, scale),
		y + scale_to_logical(message->y, scale),
		scale_to_logical((int32_t)message->width, scale),
		scale_to_logical((int32_t)message->height, scale));
}

static void wanted_apply(struct input *input)
{
	struct text_input *text = &input->text_input;
	const Vmsilo__Windows__TextInput *wanted = &text->wanted;
	const struct window *window = window_find(input->view, wanted->window);

	/* Only for the window that the user types in. */
	if (!text->input || !window || text->window != window->id)
		return;
	if (!wanted->enabled) {
		if (text->enabled) {
			zwp_text_input_v3_disable(text->input);
			zwp_text_input_v3_commit(text->input);
		}
		text->enabled = false;
		return;
	}
	if (!text->enabled)
		zwp_text_input_v3_enable(text->input);
	text->enabled = true;
	if (wanted->surrounding[0])
		zwp_text_input_v3_set_surrounding_text(text->input, wanted->surrounding,
			(int32_t)wanted->cursor, (int32_t)wanted->anchor);
	zwp_text_input_v3_set_content_type(text->input, wanted->hint, wanted->purpose);
	caret_set(text, window, wanted);
	zwp_text_input_v3_commit(text->input);
}

/* ---- from the input method ---- */

static void on_enter(void *data, struct zwp_text_input_v3 *handle, struct wl_surface *surface)
{
	struct input *input = data;
	const struct window_tag *tag = window_tag_of(surface);

	(void)handle;
	input->text_input.window = tag ? tag->window->id : 0;
	wanted_apply(input);
}

static void on_leave(void *data, struct zwp_text_input_v3 *handle, struct wl_surface *surface)
{
	struct input *input = data;

	(void)surface;
	input->text_input.window = 0;
	if (!input->text_input.enabled)
		return;
	input->text_input.enabled = false;
	zwp_text_input_v3_disable(handle);
	zwp_text_input_v3_commit(handle);
}

static void collected_forget(struct text_input *text)
{
	text->preedit[0] = text->commit[0] = '\0';
	text->preedit_begin = text->preedit_end = 0;
	text->delete_before = text->delete_after = 0;
}

/* What does not fit is left out as a whole: half a text is another one. */
static void text_take(char *to, const char *text)
{
	size_t length = text ? strlen(text) : 0;

	if (length > WINDOWS_TEXT_MAX)
		length = 0;
	memcpy(to, text ? text : "", length);
	to[length] = '\0';
}

static void on_preedit(
	void *data, struct zwp_text_input_v3 *handle, const char *text, int32_t begin, int32_t end)
{
	struct input *input = data;

	(void)handle;
	text_take(input->text_input.preedit, text);
	input->text_input.preedit_begin = begin;
	input->text_input.preedit_end = end;
}

static void on_commit(void *data, struct zwp_text_input_v3 *handle, const char *text)
{
	struct input *input = data;

	(void)handle;
	text_take(input->text_input.commit, text);
}

static void on_delete(void *data, struct zwp_text_input_v3 *handle, uint32_t before, uint32_t after)
{
	struct input *input = data;

	(void)handle;
	input->text_input.delete_before = before < WINDOWS_TEXT_MAX ? before : WINDOWS_TEXT_MAX;
	input->text_input.delete_after = after < WINDOWS_TEXT_MAX ? after : WINDOWS_TEXT_MAX;
}

static void on_done(void *data, struct zwp_text_input_v3 *handle, uint32_t serial)
{
	struct input *input = data;
	struct text_input *text = &input->text_input;
	Vmsilo__Windows__TextEvent message = VMSILO__WINDOWS__TEXT_EVENT__INIT;

	(void)handle;
	(void)serial;
	message.window = text->window;
	message.preedit = text->preedit;
	message.preedit_begin = text->preedit_begin;
	message.preedit_end = text->preedit_end;
	message.commit = text->commit;
	message.delete_before = text->delete_before;
	message.delete_after = text->delete_after;
	if (text->window && text->enabled && text->window == input->keyboard.told)
		guest_send(&input->view->guest, FRAME_WINDOWS_TEXT_EVENT, &message.base);
	collected_forget(text);
}

static const struct zwp_text_input_v3_listener listener = {
	.enter = on_enter,
	.leave = on_leave,
	.preedit_string = on_preedit,
	.commit_string = on_commit,
	.delete_surrounding_text = on_delete,
	.done = on_done,
};

/* ---- from the guest ---- */

void text_input_on_open(struct input *input)
{
	input->text_input.wanted.window = 0;
}

void text_input_on_message(struct input *input, const Vmsilo__Windows__TextInput *message)
{
	struct text_input *text = &input->text_input;

	text->wanted = *message;
	text_take(text->surrounding, message->surrounding);
	text->wanted.surrounding = text->surrounding;
	wanted_apply(input);
}

void text_input_set(struct input *input, struct wl_seat *seat)
{
	struct text_input *text = &input->text_input;

	if (text->input)
		zwp_text_input_v3_destroy(text->input);
	text->input = NULL;
	text->window = 0;
	text->enabled = false;
	collected_forget(text);
	if (!seat || !input->view->desktop->text_inputs)
		return;
	text->input =
		zwp_text_input_manager_v3_get_text_input(input->view->desktop->text_inputs, seat);
	zwp_text_input_v3_add_listener(text->input, &listener, input);
}
