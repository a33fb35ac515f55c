#include "tray/windows/guest/input/input.h"

#include "tray/windows/guest/shell/wlroots.h"

static void on_gone(struct wl_listener *listener, void *data)
{
	struct input *input = wl_container_of(listener, input, gone);

	pointer_forget(&input->pointer, data);
	keyboard_forget(&input->keyboard, data);
	constraint_update(&input->constraint);
}

static void on_changed(struct wl_listener *listener, void *data)
{
	struct input *input = wl_container_of(listener, input, changed);

	pointer_pick(&input->pointer, data);
}

/* The program says so once it owns what is dragged, while its button is down. */
static bool on_x11_drag(void *data)
{
	struct input *input = data;
	const struct wlr_seat *seat = input->server->seat;
	struct window *from = window_of(seat->pointer_state.focused_surface);

	if (!from || !from->x11 || seat->pointer_state.button_count == 0 ||
		!drag_begin_x11(&input->drag, from))
		return false;
	pointer_carry(&input->pointer, from);
	return true;
}

/* X11 would see it in another place now. */
static void on_x11_moved(void *data)
{
	struct input *input = data;

	pointer_carry_again(&input->pointer);
}

static const struct xdnd_ops xdnd_ops = {.on_begin = on_x11_drag, .on_offered = on_x11_moved};

/* Pages look otherwise where there is touch. */
static void capabilities_set(struct input *input, bool touch)
{
	wlr_seat_set_capabilities(
		input->server->seat, WL_SEAT_CAPABILITY_KEYBOARD | WL_SEAT_CAPABILITY_POINTER |
					     (touch ? WL_SEAT_CAPABILITY_TOUCH : 0));
}

int input_init(struct input *input, struct server *server)
{
	*input = (struct input){.server = server};
	x11_wait_init(&input->x11_wait, server, on_x11_moved, input);
	int code = keyboard_init(&input->keyboard, server, &input->x11_wait);
	if (code == 0)
		code = pointer_init(&input->pointer, server, &input->xdnd, &input->x11_wait);
	if (code == 0)
		code = cursor_init(&input->cursor, server);
	if (code == 0)
		code = constraint_init(&input->constraint, server);
	if (code == 0)
		code = text_input_init(&input->text_input, server);
	if (code < 0)
		return code;
	touch_init(&input->touch, server);
	drag_init(&input->drag, server);
	xdnd_init(&input->xdnd, server, &xdnd_ops, input);
	capabilities_set(input, false);
	server_listen(&input->gone, &server->events_of.gone, on_gone);
	server_listen(&input->changed, &server->events_of.changed, on_changed);
	return 0;
}

void input_leave_x11(struct input *input)
{
	xdnd_finish(&input->xdnd);
}

void input_finish(struct input *input)
{
	server_deafen(&input->gone);
	server_deafen(&input->changed);
	cursor_finish(&input->cursor);
	constraint_finish(&input->constraint);
	text_input_finish(&input->text_input);
	drag_finish(&input->drag);
	keyboard_finish(&input->keyboard);
	x11_wait_finish(&input->x11_wait);
}

static void pointer_message(struct input *input, const Vmsilo__Windows__Pointer *message)
{
	if (message->kind == VMSILO__WINDOWS__POINTER_KIND__POINTER_RELATIVE)
		constraint_relative(&input->constraint, message);
	else
		pointer_event(&input->pointer, message);
	constraint_update(&input->constraint);
}

bool input_message(struct input *input, uint16_t type, const ProtobufCMessage *message)
{
	switch (type) {
	case FRAME_WINDOWS_KEYMAP:
		keyboard_keymap(&input->keyboard, (const Vmsilo__Windows__Keymap *)message);
		return true;
	case FRAME_WINDOWS_REPEAT:
		keyboard_repeat(&input->keyboard, (const Vmsilo__Windows__Repeat *)message);
		return true;
	case FRAME_WINDOWS_FOCUS:
		keyboard_focus(&input->keyboard, (const Vmsilo__Windows__Focus *)message);
		return true;
	case FRAME_WINDOWS_MODIFIERS:
		keyboard_modifiers(&input->keyboard, (const Vmsilo__Windows__Modifiers *)message);
		return true;
	case FRAME_WINDOWS_KEY:
		keyboard_key(&input->keyboard, (const Vmsilo__Windows__Key *)message);
		return true;
	case FRAME_WINDOWS_POINTER:
		pointer_message(input, (const Vmsilo__Windows__Pointer *)message);
		return true;
	case FRAME_WINDOWS_TOUCH:
		touch_event(&input->touch, (const Vmsilo__Windows__Touch *)message);
		return true;
	case FRAME_WINDOWS_CONSTRAINT:
		constraint_hold(
			&input->constraint, (const Vmsilo__Windows__PointerConstraint *)message);
		return true;
	case FRAME_WINDOWS_DRAG_DONE:
		pointer_drop(
			&input->pointer, ((const Vmsilo__Windows__DragDone *)message)->dropped);
		drag_done(&input->drag, (const Vmsilo__Windows__DragDone *)message);
		pointer_release(&input->pointer);
		return true;
	case FRAME_WINDOWS_TEXT_EVENT:
		text_input_event(&input->text_input, (const Vmsilo__Windows__TextEvent *)message);
		return true;
	default:
		return false;
	}
}

bool input_answered(struct input *input)
{
	return x11_wait_answered(&input->x11_wait);
}

void input_flush(struct input *input)
{
	cursor_flush(&input->cursor);
	constraint_flush(&input->constraint);
	drag_flush(&input->drag);
	text_input_flush(&input->text_input);
	xdnd_flush(&input->xdnd);
}

void input_open(struct input *input)
{
	const Vmsilo__Windows__Settings *settings = input->server->stream->settings;

	cursor_open(&input->cursor);
	text_input_allow(&input->text_input, settings->text_input);
	drag_allow(&input->drag, settings->drags);
	capabilities_set(input, settings->touch);
}

void input_leave(struct input *input)
{
	x11_wait_end(&input->x11_wait);
	drag_leave(&input->drag);
	touch_leave(&input->touch);
	pointer_leave(&input->pointer);
	keyboard_leave(&input->keyboard);
	constraint_leave(&input->constraint);
}
