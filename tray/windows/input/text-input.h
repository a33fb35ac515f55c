/* The user's input method for the guest's programs: text-input-v3, both ways, with bounds. */
#ifndef VMSILO_TRAY_WINDOWS_INPUT_TEXT_INPUT_H
#define VMSILO_TRAY_WINDOWS_INPUT_TEXT_INPUT_H

#include <stdbool.h>
#include <stdint.h>
#include <wayland-client.h>

#include "proto/limits.h"
#include "proto/windows.pb-c.h"

struct input;

struct text_input {
	struct zwp_text_input_v3 *input; /* NULL: not offered */
	uint32_t window;                 /* that the compositor gave it to; 0: none */
	bool enabled;
	/* Collected until done. */
	char preedit[WINDOWS_TEXT_MAX + 1], commit[WINDOWS_TEXT_MAX + 1];
	int32_t preedit_begin, preedit_end;
	uint32_t delete_before, delete_after;
	/* What the guest said last, for an input method that comes later. */
	Vmsilo__Windows__TextInput wanted;      /* window 0: nothing */
	char surrounding[WINDOWS_TEXT_MAX + 1]; /* its text */
};

/* NULL: the seat goes. */
void text_input_set(struct input *input, struct wl_seat *seat);
/* A guest's end has connected, of which nothing is known yet. */
void text_input_on_open(struct input *input);
void text_input_on_message(struct input *input, const Vmsilo__Windows__TextInput *message);

#endif
