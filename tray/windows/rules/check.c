#include "tray/windows/rules/check.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "proto/base/text.h"
#include "proto/windows.pb-c.h"
#include "proto/wire/frame.h"

typedef int (*checker)(const ProtobufCMessage *untrusted, struct error *error);

static int text_check(const char *untrusted_text, size_t max, const char *what, struct error *error)
{
	size_t length = strlen(untrusted_text);

	if (length > max)
		return error_set(error, UV_EPROTO, "%s of %zu bytes", what, length);
	if (!text_is_utf8(untrusted_text, length))
		return error_set(error, UV_EPROTO, "%s that is no UTF-8", what);
	return 0;
}

static int side_check(uint32_t width, uint32_t height, const char *what, struct error *error)
{
	if (width == 0 || height == 0 || width > WINDOWS_SIDE_MAX || height > WINDOWS_SIDE_MAX)
		return error_set(error, UV_EPROTO, "%s of %ux%u pixels", what, width, height);
	return 0;
}

static int place_check(int32_t x, int32_t y, const char *what, struct error *error)
{
	if (x < -WINDOWS_PLACE_MAX || x > WINDOWS_PLACE_MAX || y < -WINDOWS_PLACE_MAX ||
		y > WINDOWS_PLACE_MAX)
		return error_set(error, UV_EPROTO, "%s at %d,%d", what, x, y);
	return 0;
}

/* Bits of opposite edges exclude each other. */
static int edges_check(uint32_t edges, const char *what, struct error *error)
{
	if (edges > 10 || (edges & 3) == 3 || (edges & 12) == 12)
		return error_set(error, UV_EPROTO, "%s of edges %u", what, edges);
	return 0;
}

static int toplevel_check(const ProtobufCMessage *untrusted, struct error *error)
{
	const Vmsilo__Windows__Toplevel *message = (const void *)untrusted;
	int code = text_check(message->title, WINDOWS_TITLE_MAX, "a title", error);

	if (code == 0)
		code = text_check(
			message->app_id, WINDOWS_APP_ID_MAX, "an application's name", error);
	return code;
}

static int popup_check(const ProtobufCMessage *untrusted, struct error *error)
{
	const Vmsilo__Windows__Popup *message = (const void *)untrusted;
	int code = side_check(message->width, message->height, "a popup", error);

	if (code == 0)
		code = place_check(message->anchor_x, message->anchor_y, "an anchor", error);
	if (code == 0)
		code = place_check(message->offset_x, message->offset_y, "an offset", error);
	if (code == 0 && (message->anchor_width > WINDOWS_SIDE_MAX ||
				 message->anchor_height > WINDOWS_SIDE_MAX))
		code = error_set(error, UV_EPROTO, "an anchor of %ux%u pixels",
			message->anchor_width, message->anchor_height);
	if (code == 0)
		code = edges_check(message->anchor, "an anchor", error);
	if (code == 0)
		code = edges_check(message->gravity, "a gravity", error);
	if (code == 0 && message->adjustment > POPUP_ADJUSTMENT_MAX)
		code = error_set(error, UV_EPROTO, "an adjustment of %u", message->adjustment);
	return code;
}

static int frame_check(const ProtobufCMessage *untrusted, struct error *error)
{
	const Vmsilo__Windows__Frame *message = (const void *)untrusted;

	return side_check(message->width, message->height, "a frame", error);
}

static int request_check(const ProtobufCMessage *untrusted, struct error *error)
{
	const Vmsilo__Windows__WindowRequest *message = (const void *)untrusted;

	if (message->request <= VMSILO__WINDOWS__REQUEST__REQUEST_UNSPECIFIED ||
		message->request > VMSILO__WINDOWS__REQUEST__REQUEST_ATTENTION)
		return error_set(error, UV_EPROTO, "a request of kind %d", (int)message->request);
	return edges_check(message->edges, "a resize", error);
}

static int activate_check(const ProtobufCMessage *untrusted, struct error *error)
{
	const Vmsilo__Windows__Activate *message = (const void *)untrusted;

	return text_check(message->token, WINDOWS_TOKEN_MAX, "a token", error);
}

static int picture_check(const Vmsilo__Windows__Cursor *message, struct error *error)
{
	if (message->shape > CURSOR_SHAPE_MAX)
		return error_set(error, UV_EPROTO, "a cursor of shape %u", message->shape);
	if (message->width > WINDOWS_CURSOR_SIDE_MAX || message->height > WINDOWS_CURSOR_SIDE_MAX ||
		!message->width != !message->height)
		return error_set(error, UV_EPROTO, "a cursor of %ux%u pixels", message->width,
			message->height);
	if (message->pixels.len != (size_t)message->width * message->height * 4)
		return error_set(error, UV_EPROTO, "a cursor of %ux%u pixels with %zu bytes",
			message->width, message->height, message->pixels.len);
	if (message->width > 0 &&
		(message->scale < WINDOWS_SCALE_ONE || message->scale > WINDOWS_SCALE_MAX))
		return error_set(error, UV_EPROTO, "a cursor at scale %u", message->scale);
	if (abs(message->hot_x) > WINDOWS_CURSOR_SIDE_MAX ||
		abs(message->hot_y) > WINDOWS_CURSOR_SIDE_MAX)
		return error_set(error, UV_EPROTO, "a cursor that points to %d,%d", message->hot_x,
			message->hot_y);
	return 0;
}

static int cursor_check(const ProtobufCMessage *untrusted, struct error *error)
{
	return picture_check((const void *)untrusted, error);
}

static int drag_check(const ProtobufCMessage *untrusted, struct error *error)
{
	const Vmsilo__Windows__Drag *message = (const void *)untrusted;

	return message->icon ? picture_check(message->icon, error) : 0;
}

static int constraint_check(const ProtobufCMessage *untrusted, struct error *error)
{
	const Vmsilo__Windows__PointerConstraint *message = (const void *)untrusted;

	if ((uint32_t)message->constraint > VMSILO__WINDOWS__CONSTRAINT__CONSTRAINT_CONFINE)
		return error_set(
			error, UV_EPROTO, "a constraint of kind %d", (int)message->constraint);
	return 0;
}

static int text_input_check(const ProtobufCMessage *untrusted, struct error *error)
{
	const Vmsilo__Windows__TextInput *message = (const void *)untrusted;
	int code = text_check(message->surrounding, WINDOWS_TEXT_MAX, "a text", error);
	size_t length = strlen(message->surrounding);

	if (code == 0)
		code = place_check(message->x, message->y, "a caret", error);
	if (code == 0 && (message->width > WINDOWS_SIDE_MAX || message->height > WINDOWS_SIDE_MAX))
		code = error_set(error, UV_EPROTO, "a caret of %ux%u pixels", message->width,
			message->height);
	if (code == 0 && (message->purpose > TEXT_PURPOSE_MAX || message->hint > TEXT_HINT_MAX))
		code = error_set(error, UV_EPROTO, "a text of purpose %u with hint %u",
			message->purpose, message->hint);
	if (code == 0 && (message->cursor > length || message->anchor > length))
		code = error_set(error, UV_EPROTO, "a caret behind the end of its text");
	return code;
}

static int clipboard_check(const ProtobufCMessage *untrusted, struct error *error)
{
	const Vmsilo__Windows__ClipboardData *message = (const void *)untrusted;

	if ((uint32_t)message->kind > VMSILO__WINDOWS__CLIPBOARD_KIND__CLIPBOARD_PNG)
		return error_set(error, UV_EPROTO, "a clipboard of kind %d", (int)message->kind);
	if (message->data.len > WINDOWS_CLIPBOARD_PART_MAX)
		return error_set(
			error, UV_EPROTO, "a part of a clipboard of %zu bytes", message->data.len);
	return 0;
}

/* Of a frame in the shared region; where in the region is a matter of its size. */
static int shared_check(const ProtobufCMessage *untrusted, struct error *error)
{
	const Vmsilo__Windows__SharedFrame *message = (const void *)untrusted;
	int code = side_check(message->width, message->height, "a frame", error);

	if (code < 0)
		return code;
	if (message->stride < message->width * 4 || message->stride > 2 * WINDOWS_SIDE_MAX * 4 ||
		message->stride % 4 != 0 || message->offset % 4 != 0)
		return error_set(error, UV_EPROTO, "a frame of %u pixels in rows of %u bytes",
			message->width, message->stride);
	if (message->n_damage > WINDOWS_DAMAGE_MAX)
		return error_set(error, UV_EPROTO, "a frame with %zu rectangles of damage",
			message->n_damage);
	for (size_t i = 0; i < message->n_damage; i++) {
		const Vmsilo__Windows__Rect *rect = message->damage[i];
		if (rect->width > message->width || rect->x > message->width - rect->width ||
			rect->height > message->height || rect->y > message->height - rect->height)
			return error_set(error, UV_EPROTO, "damage outside of its frame");
	}
	return 0;
}

int check_message(uint16_t type, const ProtobufCMessage *untrusted_message, struct error *error)
{
	static const struct {
		uint16_t type;
		checker check;
	} checkers[] = {
		{FRAME_WINDOWS_TOPLEVEL, toplevel_check},
		{FRAME_WINDOWS_POPUP, popup_check},
		{FRAME_WINDOWS_FRAME, frame_check},
		{FRAME_WINDOWS_SHARED_FRAME, shared_check},
		{FRAME_WINDOWS_REQUEST, request_check},
		{FRAME_WINDOWS_ACTIVATE, activate_check},
		{FRAME_WINDOWS_CURSOR, cursor_check},
		{FRAME_WINDOWS_DRAG, drag_check},
		{FRAME_WINDOWS_CONSTRAINT, constraint_check},
		{FRAME_WINDOWS_TEXT_INPUT, text_input_check},
		{FRAME_WINDOWS_CLIPBOARD_DATA, clipboard_check},
	};

	for (size_t i = 0; i < sizeof(checkers) / sizeof(checkers[0]); i++)
		if (checkers[i].type == type)
			return checkers[i].check(untrusted_message, error);
	return 0;
}
