#include "tests/lib/view-guest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/base/error.h"
#include "proto/windows.pb-c.h"
#include "proto/wire/frame.h"
#include "proto/wire/hello.h"
#include "proto/wire/message.h"
#include "tests/lib/windows-words.h"

struct known {
	uint32_t id, parent, serial, width, height;
};

static struct view_end guest;
static struct known known[VIEW_GUEST_WINDOWS]; /* as it knows them */
static uint32_t next_id, asked;                /* asked: of the clipboard, by the host */

static void must(bool condition, const char *what)
{
	if (condition)
		return;
	fprintf(stderr, "view-guest: %s\n", what);
	abort();
}

/* ---- both ends ---- */

void view_end_write(const struct view_end *end, uint16_t type, const void *payload, size_t length)
{
	uint8_t header[FRAME_HEADER_SIZE];

	frame_encode_header(header, type, 0, (uint32_t)length);
	/* Who is gone, or does not read: no matter. */
	if (send(end->fd, header, sizeof(header), MSG_DONTWAIT | MSG_NOSIGNAL) == sizeof(header))
		(void)!send(end->fd, payload, length, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void view_end_say(const struct view_end *end, uint16_t type, const ProtobufCMessage *message)
{
	static uint8_t bytes[1 << 17];

	must(protobuf_c_message_get_packed_size(message) <= sizeof(bytes), "a message too long");
	view_end_write(end, type, bytes, protobuf_c_message_pack(message, bytes));
}

static struct known *known_by(uint32_t id)
{
	for (int i = 0; i < VIEW_GUEST_WINDOWS; i++)
		if (known[i].id == id)
			return &known[i];
	return NULL;
}

static void shape_note(uint32_t id, uint32_t serial, uint32_t width, uint32_t height)
{
	struct known *window = known_by(id);

	if (!window || id == 0)
		return;
	window->serial = serial;
	window->width = width;
	window->height = height;
}

/* As an honest guest takes it. */
static void guest_hear(uint16_t type, const ProtobufCMessage *message)
{
	const Vmsilo__Windows__Configure *configure = (const void *)message;
	const Vmsilo__Windows__PopupPlace *place = (const void *)message;

	if (type == FRAME_WINDOWS_CONFIGURE)
		shape_note(
			configure->window, configure->serial, configure->width, configure->height);
	if (type == FRAME_WINDOWS_POPUP_PLACE)
		shape_note(place->window, place->serial, place->width, place->height);
	if (type == FRAME_WINDOWS_CLIPBOARD_GET)
		asked = ((const Vmsilo__Windows__ClipboardGet *)message)->serial;
}

/* What the view says is well-formed. */
void view_end_read(struct view_end *end, view_end_hear *hear)
{
	struct frame frame;
	ssize_t got;

	while (!end->deaf && (got = recv(end->fd, end->bytes + end->length,
				      VIEW_END_ROOM - end->length, MSG_DONTWAIT)) > 0) {
		size_t at = 0;
		int64_t length;
		end->length += (size_t)got;
		while ((length = frame_decode(end->bytes + at, end->length - at, &frame)) > 0) {
			ProtobufCMessage *message = message_unpack(&frame);
			must(message != NULL, "the view says what is none");
			if (hear)
				hear(frame.type, message);
			message_free(message);
			at += (size_t)length;
		}
		must(length == 0, "the view says no frame");
		memmove(end->bytes, end->bytes + at, end->length - at);
		end->length -= at;
	}
}

/* ---- what the guest says ---- */

static struct known *known_pick(struct input_bytes *in)
{
	return &known[input_byte(in) % VIEW_GUEST_WINDOWS];
}

/* A place for a new one; a full desk is one more, which is too many. */
static uint32_t window_new(uint32_t above)
{
	for (int i = 0; i < VIEW_GUEST_WINDOWS; i++)
		if (known[i].id == 0) {
			known[i] = (struct known){.id = ++next_id, .parent = above};
			return next_id;
		}
	return ++next_id;
}

static void text_take(struct input_bytes *in, char *ret, size_t room)
{
	size_t length = input_byte(in) % room;
	const uint8_t *bytes = input_take(in, length, &length);

	memcpy(ret, bytes, length);
	ret[length] = '\0';
}

static void guest_toplevel(struct input_bytes *in)
{
	Vmsilo__Windows__Toplevel message = VMSILO__WINDOWS__TOPLEVEL__INIT;
	uint8_t how = input_byte(in);
	char title[64], app_id[32];

	message.parent = how & 4 ? known_pick(in)->id : 0;
	message.window = how & 1 ? known_pick(in)->id : window_new(message.parent);
	text_take(in, title, sizeof(title));
	text_take(in, app_id, sizeof(app_id));
	message.title = title;
	message.app_id = app_id;
	message.x11 = how & 2;
	message.modal = how & 8;
	if (how & 16) {
		message.min_width = input_byte(in) * 8u;
		message.min_height = input_byte(in) * 8u;
		message.max_width = (uint32_t)input_byte(in) << 8 * (how >> 6);
		message.max_height = (uint32_t)input_byte(in) << 8 * (how >> 6);
	}
	view_end_say(&guest, FRAME_WINDOWS_TOPLEVEL, &message.base);
}

static int32_t place_take(struct input_bytes *in)
{
	int32_t place = input_byte(in) - 64;

	return place > 160 ? (place - 160) * 512 : place * 8;
}

static uint32_t edges_take(struct input_bytes *in)
{
	static const uint8_t edges[] = {0, 1, 2, 4, 5, 6, 8, 9, 10, 3, 12};

	return edges[input_byte(in) % sizeof(edges)];
}

static void guest_popup(struct input_bytes *in)
{
	Vmsilo__Windows__Popup message = VMSILO__WINDOWS__POPUP__INIT;
	uint8_t how = input_byte(in);
	const struct known *again = how & 1 ? known_pick(in) : NULL;

	message.parent = again ? again->parent : known_pick(in)->id;
	message.window = again ? again->id : window_new(message.parent);
	message.grab = how & 2;
	message.x11 = how & 4;
	message.anchor_x = place_take(in);
	message.anchor_y = place_take(in);
	message.anchor_width = input_byte(in);
	message.anchor_height = input_byte(in);
	message.anchor = edges_take(in);
	message.gravity = edges_take(in);
	message.adjustment = input_byte(in) & 63;
	message.width = 1 + input_byte(in);
	message.height = 1 + input_byte(in) * (how & 8 ? 32u : 1u);
	message.offset_x = place_take(in);
	message.offset_y = place_take(in);
	view_end_say(&guest, FRAME_WINDOWS_POPUP, &message.base);
}

static void guest_gone(struct input_bytes *in)
{
	Vmsilo__Windows__Gone message = VMSILO__WINDOWS__GONE__INIT;
	struct known *window = known_pick(in);

	message.window = window->id;
	for (int i = 0; i < VIEW_GUEST_WINDOWS; i++)
		if (known[i].parent == window->id)
			known[i].parent = 0;
	*window = (struct known){0};
	view_end_say(&guest, FRAME_WINDOWS_GONE, &message.base);
}

/* ---- its frames ---- */

static void size_take(struct input_bytes *in, uint8_t how, const struct known *window,
	uint32_t *ret_width, uint32_t *ret_height)
{
	*ret_width = how & 1 || window->width == 0 ? 1u + input_byte(in) : window->width;
	*ret_height = how & 1 || window->height == 0 ? 1u + input_byte(in) : window->height;
}

static void rect_say(uint32_t x, uint32_t y, uint32_t width, uint32_t height, uint8_t seed)
{
	static uint8_t pixels[FRAME_WINDOWS_PIXELS_MAX];
	const Vmsilo__Windows__Rect message = words_rect(x, y, width, height);
	size_t length = (size_t)width * height * 4;

	view_end_say(&guest, FRAME_WINDOWS_RECT, &message.base);
	if (length > sizeof(pixels))
		length = sizeof(pixels);
	memset(pixels, seed, length);
	view_end_write(&guest, FRAME_WINDOWS_PIXELS, pixels, length);
}

static void copy_say(struct input_bytes *in, uint32_t width, uint32_t height)
{
	const Vmsilo__Windows__Copy message = words_copy(0, 0, width, height, input_byte(in) - 128);

	view_end_say(&guest, FRAME_WINDOWS_COPY, &message.base);
}

static void piece_say(struct input_bytes *in, uint8_t seed)
{
	uint32_t x = input_byte(in), y = input_byte(in);
	uint32_t width = input_byte(in), height = input_byte(in);

	rect_say(x, y, width, height, seed);
}

static void guest_frame(struct input_bytes *in)
{
	Vmsilo__Windows__Frame message = VMSILO__WINDOWS__FRAME__INIT;
	Vmsilo__Windows__Fill fill;
	const struct known *window = known_pick(in);
	const Vmsilo__Windows__FrameEnd end = words_end(window->id);
	uint8_t how = input_byte(in);

	message.window = window->id;
	message.serial = how & 2 ? input_byte(in) : window->serial;
	message.opaque = how & 4;
	size_take(in, how, window, &message.width, &message.height);
	view_end_say(&guest, FRAME_WINDOWS_FRAME, &message.base);
	fill = words_fill(0, 0, message.width, message.height, how * 0x01010101u);
	if (!(how & 8))
		view_end_say(&guest, FRAME_WINDOWS_FILL, &fill.base);
	if (how & 16)
		rect_say(0, 0, message.width, how & 8 ? message.height : 1, how);
	if (how & 32)
		copy_say(in, message.width, message.height);
	if (how & 64)
		piece_say(in, how);
	if (!(how & 128) || input_byte(in) < 128)
		view_end_say(&guest, FRAME_WINDOWS_FRAME_END, &end.base);
}

static void guest_shared(struct input_bytes *in)
{
	Vmsilo__Windows__SharedFrame message = VMSILO__WINDOWS__SHARED_FRAME__INIT;
	const struct known *window = known_pick(in);
	uint8_t how = input_byte(in);
	Vmsilo__Windows__Rect rect = VMSILO__WINDOWS__RECT__INIT, *rects[] = {&rect};

	message.window = window->id;
	message.serial = window->serial;
	message.opaque = how & 4;
	size_take(in, how, window, &message.width, &message.height);
	message.stride = message.width * 4 + (how >> 6) * 4u;
	message.offset = input_byte(in) * (how & 8 ? 4u : 4096u);
	rect.width = input_byte(in);
	rect.height = message.height;
	message.n_damage = how >> 4 & 1;
	message.damage = rects;
	view_end_say(&guest, FRAME_WINDOWS_SHARED_FRAME, &message.base);
}

/* ---- its wishes ---- */

static void guest_request(struct input_bytes *in)
{
	Vmsilo__Windows__WindowRequest message = VMSILO__WINDOWS__WINDOW_REQUEST__INIT;

	message.window = known_pick(in)->id;
	message.request = input_byte(in) % 10;
	message.edges = edges_take(in);
	view_end_say(&guest, FRAME_WINDOWS_REQUEST, &message.base);
}

static void guest_activate(struct input_bytes *in)
{
	Vmsilo__Windows__Activate message = VMSILO__WINDOWS__ACTIVATE__INIT;
	char cookie[] = {'0', '\0'};

	message.window = known_pick(in)->id;
	cookie[0] = (char)('0' + (input_byte(in) & 3));
	message.token = cookie;
	view_end_say(&guest, FRAME_WINDOWS_ACTIVATE, &message.base);
}

static void picture_take(struct input_bytes *in, Vmsilo__Windows__Cursor *ret)
{
	static uint8_t pixels[WINDOWS_CURSOR_SIDE_MAX * WINDOWS_CURSOR_SIDE_MAX * 4];

	ret->shape = input_byte(in) % 40;
	if (ret->shape & 1)
		return;
	ret->shape = 0;
	ret->width = input_byte(in);
	ret->height = ret->width ? 1u + input_byte(in) : 0;
	ret->hot_x = place_take(in);
	ret->hot_y = place_take(in);
	ret->scale = 120u + input_byte(in) * 2u;
	ret->pixels.data = pixels;
	ret->pixels.len = (size_t)ret->width * ret->height * 4;
	if (ret->pixels.len > 65536) {
		ret->width = ret->height = 100;
		ret->pixels.len = 40000;
	}
}

static void guest_cursor(struct input_bytes *in)
{
	Vmsilo__Windows__Cursor message = VMSILO__WINDOWS__CURSOR__INIT;

	picture_take(in, &message);
	view_end_say(&guest, FRAME_WINDOWS_CURSOR, &message.base);
}

static void guest_drag(struct input_bytes *in)
{
	Vmsilo__Windows__Drag message = VMSILO__WINDOWS__DRAG__INIT;
	Vmsilo__Windows__Cursor icon = VMSILO__WINDOWS__CURSOR__INIT;

	message.window = known_pick(in)->id;
	picture_take(in, &icon);
	message.icon = input_byte(in) & 1 ? &icon : NULL;
	view_end_say(&guest, FRAME_WINDOWS_DRAG, &message.base);
}

static void guest_constraint(struct input_bytes *in)
{
	Vmsilo__Windows__PointerConstraint message = VMSILO__WINDOWS__POINTER_CONSTRAINT__INIT;

	message.window = known_pick(in)->id;
	message.constraint = input_byte(in) % 3;
	view_end_say(&guest, FRAME_WINDOWS_CONSTRAINT, &message.base);
}

static void guest_text(struct input_bytes *in)
{
	Vmsilo__Windows__TextInput message = VMSILO__WINDOWS__TEXT_INPUT__INIT;
	char surrounding[32];

	message.window = known_pick(in)->id;
	message.enabled = input_byte(in) & 1;
	text_take(in, surrounding, sizeof(surrounding));
	message.surrounding = surrounding;
	message.cursor = input_byte(in) % 32;
	message.anchor = input_byte(in) % 32;
	message.x = place_take(in);
	message.width = input_byte(in);
	view_end_say(&guest, FRAME_WINDOWS_TEXT_INPUT, &message.base);
}

static void guest_clipboard(struct input_bytes *in)
{
	Vmsilo__Windows__ClipboardData message = VMSILO__WINDOWS__CLIPBOARD_DATA__INIT;
	uint8_t how = input_byte(in);
	size_t length = input_byte(in);

	message.serial = how & 128 ? input_byte(in) : asked;
	message.kind = how % 3;
	message.last = how & 16;
	message.too_large = how & 32;
	message.data.data = (uint8_t *)input_take(in, length, &length);
	message.data.len = length;
	view_end_say(&guest, FRAME_WINDOWS_CLIPBOARD_DATA, &message.base);
}

/* Whatever it likes. */
static void guest_raw(struct input_bytes *in)
{
	uint16_t type = (uint16_t)(FRAME_WINDOWS_SETTINGS + input_byte(in) % 36);
	size_t length = input_byte(in);
	const uint8_t *bytes = input_take(in, length, &length);

	view_end_write(&guest, type, bytes, length);
}

/* More of it than it may say in so short a time. */
static void guest_flood(struct input_bytes *in)
{
	Vmsilo__Windows__Toplevel message = VMSILO__WINDOWS__TOPLEVEL__INIT;
	int count = input_byte(in) * 4;

	message.window = known_pick(in)->id;
	message.title = message.app_id = "";
	while (count-- > 0)
		view_end_say(&guest, FRAME_WINDOWS_TOPLEVEL, &message.base);
}

/* Seldom: nothing is behind it. */
static void guest_close(struct input_bytes *in)
{
	if (input_byte(in) > 200)
		shutdown(guest.fd, SHUT_WR);
}

static void guest_deaf(struct input_bytes *in)
{
	guest.deaf = input_byte(in) & 1;
}

/* ---- all of it ---- */

void (*const view_guest_steps[VIEW_GUEST_STEPS])(struct input_bytes *in) = {guest_toplevel,
	guest_popup, guest_gone, guest_frame, guest_frame, guest_frame, guest_shared, guest_request,
	guest_activate, guest_cursor, guest_drag, guest_constraint, guest_text, guest_clipboard,
	guest_raw, guest_close, guest_deaf, guest_flood};

void view_guest_greet(enum view_greeting greeting)
{
	Vmsilo__Reject reject = VMSILO__REJECT__INIT;
	Vmsilo__Hello hello;

	hello_offer(&hello, "vmsilo-agent 1", NULL);
	hello.version_min = hello.version_max;
	if (greeting == VIEW_GREETING_OTHER)
		hello.version_max = 77;
	reject.text = "no \x1b[31m";
	if (greeting == VIEW_GREETING_REJECT)
		view_end_say(&guest, FRAME_REJECT, &reject.base);
	else if (greeting != VIEW_GREETING_NONE)
		view_end_say(&guest, FRAME_HELLO, &hello.base);
}

uint32_t view_guest_window(struct input_bytes *in)
{
	return known_pick(in)->id;
}

void view_guest_read(void)
{
	view_end_read(&guest, guest_hear);
}

void view_guest_begin(int fd)
{
	int room = VIEW_END_ROOM;

	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	guest.fd = fd;
	guest.length = 0;
	guest.deaf = false;
	memset(known, 0, sizeof(known));
	next_id = asked = 0;
}

void view_guest_end(void)
{
	close(guest.fd);
}
