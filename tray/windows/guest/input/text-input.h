/* text-input-v3: a program of the window that has the keyboard wants text, and the host's input
 * method gives it. */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_INPUT_TEXT_INPUT_H
#define VMSILO_TRAY_WINDOWS_GUEST_INPUT_TEXT_INPUT_H

#include "tray/windows/guest/shell/window.h"

#define TEXT_INPUTS_MAX 64 /* of all programs; more are left alone */

struct text_input {
	struct server *server;
	struct wlr_text_input_manager_v3 *all;
	bool allowed; /* the host has an input method */
	struct wl_list inputs;
	size_t count;
	bool enabled, changed; /* is to be told */
	uint32_t window;       /* that the host was told of; 0 */
	struct wl_listener new_input, focus;
};

int text_input_init(struct text_input *text, struct server *server);
void text_input_finish(struct text_input *text);
void text_input_allow(struct text_input *text, bool allowed);
void text_input_flush(struct text_input *text);
void text_input_event(struct text_input *text, const Vmsilo__Windows__TextEvent *message);

#endif
