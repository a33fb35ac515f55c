/* The seat: keyboard, pointer, touch, and what hangs on them. */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_INPUT_INPUT_H
#define VMSILO_TRAY_WINDOWS_GUEST_INPUT_INPUT_H

#include "tray/windows/guest/input/constraint.h"
#include "tray/windows/guest/input/cursor.h"
#include "tray/windows/guest/input/drag.h"
#include "tray/windows/guest/input/keyboard.h"
#include "tray/windows/guest/input/pointer.h"
#include "tray/windows/guest/input/text-input.h"
#include "tray/windows/guest/input/touch.h"
#include "tray/windows/guest/input/x11-wait.h"
#include "tray/windows/guest/xdnd/xdnd.h"

struct input {
	struct server *server;
	struct x11_wait x11_wait;
	struct keyboard keyboard;
	struct pointer pointer;
	struct touch touch;
	struct cursor cursor;
	struct constraint constraint;
	struct drag drag;
	struct xdnd xdnd;
	struct text_input text_input;
	struct wl_listener gone, changed;
};

int input_init(struct input *input, struct server *server);
void input_finish(struct input *input);
/* Xwayland ends. */
void input_leave_x11(struct input *input);
/* Of the types that concern it; false for others. */
bool input_message(struct input *input, uint16_t type, const ProtobufCMessage *message);
/* Goes on, once X11 has answered: true then, and server_catch_up() has more. */
bool input_answered(struct input *input);
/* Tells the host what there is to tell, as far as the stream is ready. */
void input_flush(struct input *input);
/* The stream is there: all is to be told. */
void input_open(struct input *input);
/* The host is not there (any more): nothing is pressed, nothing has the focus. */
void input_leave(struct input *input);

#endif
