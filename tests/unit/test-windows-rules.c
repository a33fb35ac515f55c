/* What may come when on a windows stream: each message in each phase of its window; each bound. */
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "proto/windows.pb-c.h"
#include "proto/wire/frame.h"
#include "tests/lib/test.h"
#include "tests/lib/windows-words.h"
#include "tray/windows/rules/rules.h"
#include "tray/windows/rules/work.h"

static struct rules rules;
static struct error error;
static const struct rules_limits usual = {
	.windows = WINDOWS_MAX, .pixels = 1 << 20, .shared = 1 << 20, .clipboard_bytes = 1000};

static int setup(void **state)
{
	(void)state;
	rules_init(&rules, &usual);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	rules_finish(&rules);
	return 0;
}

static int say(uint16_t type, const void *message)
{
	return rules_message(&rules, type, message, &error);
}

static Vmsilo__Windows__Toplevel toplevel(uint32_t id)
{
	Vmsilo__Windows__Toplevel message = VMSILO__WINDOWS__TOPLEVEL__INIT;

	message.window = id;
	return message;
}

static Vmsilo__Windows__Popup popup(uint32_t id, uint32_t parent)
{
	Vmsilo__Windows__Popup message = VMSILO__WINDOWS__POPUP__INIT;

	message.window = id;
	message.parent = parent;
	message.width = message.height = 10;
	return message;
}

static int say_toplevel(uint32_t id)
{
	Vmsilo__Windows__Toplevel message = toplevel(id);

	return say(FRAME_WINDOWS_TOPLEVEL, &message);
}

static int say_popup(uint32_t id, uint32_t parent)
{
	Vmsilo__Windows__Popup message = popup(id, parent);

	return say(FRAME_WINDOWS_POPUP, &message);
}

static int say_gone(uint32_t id)
{
	Vmsilo__Windows__Gone message = VMSILO__WINDOWS__GONE__INIT;

	message.window = id;
	return say(FRAME_WINDOWS_GONE, &message);
}

static int say_frame(uint32_t id, uint32_t serial, uint32_t width, uint32_t height)
{
	Vmsilo__Windows__Frame message = VMSILO__WINDOWS__FRAME__INIT;

	message.window = id;
	message.serial = serial;
	message.width = width;
	message.height = height;
	return say(FRAME_WINDOWS_FRAME, &message);
}

static int say_end(uint32_t id)
{
	const Vmsilo__Windows__FrameEnd message = words_end(id);

	return say(FRAME_WINDOWS_FRAME_END, &message);
}

static int say_rect(uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
	const Vmsilo__Windows__Rect message = words_rect(x, y, width, height);

	return say(FRAME_WINDOWS_RECT, &message);
}

static int say_fill(uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
	const Vmsilo__Windows__Fill message = words_fill(x, y, width, height, 0);

	return say(FRAME_WINDOWS_FILL, &message);
}

static int say_copy(uint32_t x, uint32_t y, uint32_t width, uint32_t height, int32_t dy)
{
	const Vmsilo__Windows__Copy message = words_copy(x, y, width, height, dy);

	return say(FRAME_WINDOWS_COPY, &message);
}

static int say_request(uint32_t id, uint32_t request, uint32_t edges)
{
	Vmsilo__Windows__WindowRequest message = VMSILO__WINDOWS__WINDOW_REQUEST__INIT;

	message.window = id;
	message.request = (Vmsilo__Windows__Request)request;
	message.edges = edges;
	return say(FRAME_WINDOWS_REQUEST, &message);
}

static int say_shared(
	uint32_t id, uint32_t width, uint32_t height, uint32_t stride, uint64_t offset)
{
	Vmsilo__Windows__SharedFrame message = VMSILO__WINDOWS__SHARED_FRAME__INIT;

	message.window = id;
	message.serial = 1;
	message.width = width;
	message.height = height;
	message.stride = stride;
	message.offset = offset;
	return say(FRAME_WINDOWS_SHARED_FRAME, &message);
}

/* A whole frame of one colour. */
static int picture(uint32_t id, uint32_t width, uint32_t height)
{
	int code = say_frame(id, 1, width, height);

	if (code == 0)
		code = say_fill(0, 0, width, height);
	return code == 0 ? say_end(id) : code;
}

/* Window 1, a toplevel, or popup 2 above it, in a phase. */
static uint32_t reach(enum window_phase phase, bool is_popup)
{
	uint32_t id = is_popup ? 2 : 1;

	rules_finish(&rules);
	rules_init(&rules, &usual);
	if (is_popup) {
		assert_int_equal(say_toplevel(1), 0);
		rules_configured(&rules, 1, 1);
	}
	if (phase >= WINDOW_ANNOUNCED)
		assert_int_equal(is_popup ? say_popup(2, 1) : say_toplevel(1), 0);
	if (phase >= WINDOW_CONFIGURED)
		rules_configured(&rules, id, 1);
	if (phase >= WINDOW_BUILDING)
		assert_int_equal(say_frame(id, 1, 4, 4), 0);
	return id;
}

struct plain {
	uint16_t type;
	const void *message;
};

static const void *plain_find(const struct plain *plain, uint16_t type)
{
	while (plain->type != type)
		plain++;
	return plain->message;
}

#define PHASES(free, announced, configured, building) \
	{ \
		free, announced, configured, building \
	}

static void test_phases(void **state)
{
	static const struct {
		uint16_t type;
		bool toplevel[4], popup[4];
	} wanted[] = {
		{FRAME_WINDOWS_TOPLEVEL, PHASES(1, 1, 1, 0), PHASES(1, 0, 0, 0)},
		{FRAME_WINDOWS_POPUP, PHASES(0, 0, 0, 0), PHASES(1, 1, 1, 0)},
		{FRAME_WINDOWS_FRAME, PHASES(0, 0, 1, 0), PHASES(0, 0, 1, 0)},
		{FRAME_WINDOWS_SHARED_FRAME, PHASES(0, 0, 1, 0), PHASES(0, 0, 1, 0)},
		{FRAME_WINDOWS_RECT, PHASES(0, 0, 0, 1), PHASES(0, 0, 0, 1)},
		{FRAME_WINDOWS_COPY, PHASES(0, 0, 0, 1), PHASES(0, 0, 0, 1)},
		{FRAME_WINDOWS_FILL, PHASES(0, 0, 0, 1), PHASES(0, 0, 0, 1)},
		{FRAME_WINDOWS_FRAME_END, PHASES(0, 0, 0, 0), PHASES(0, 0, 0, 0)},
		{FRAME_WINDOWS_REQUEST, PHASES(0, 1, 1, 0), PHASES(0, 0, 0, 0)},
		{FRAME_WINDOWS_ACTIVATE, PHASES(0, 1, 1, 0), PHASES(0, 0, 0, 0)},
		{FRAME_WINDOWS_CONSTRAINT, PHASES(0, 1, 1, 0), PHASES(0, 1, 1, 0)},
		{FRAME_WINDOWS_DRAG, PHASES(0, 1, 1, 0), PHASES(0, 1, 1, 0)},
		{FRAME_WINDOWS_TEXT_INPUT, PHASES(0, 1, 1, 0), PHASES(0, 1, 1, 0)},
		{FRAME_WINDOWS_GONE, PHASES(0, 1, 1, 0), PHASES(0, 1, 1, 0)},
		{FRAME_WINDOWS_CURSOR, PHASES(1, 1, 1, 0), PHASES(1, 1, 1, 0)},
		{FRAME_WINDOWS_CLIPBOARD_DATA, PHASES(0, 0, 0, 0), PHASES(0, 0, 0, 0)},
		{FRAME_WINDOWS_CONFIGURE, PHASES(0, 0, 0, 0), PHASES(0, 0, 0, 0)},
		{FRAME_WINDOWS_KEY, PHASES(0, 0, 0, 0), PHASES(0, 0, 0, 0)},
	};
	const Vmsilo__Windows__Toplevel a_toplevel = toplevel(1);
	const Vmsilo__Windows__Popup a_popup = popup(2, 1);
	Vmsilo__Windows__Cursor cursor = VMSILO__WINDOWS__CURSOR__INIT;
	Vmsilo__Windows__Activate activate = VMSILO__WINDOWS__ACTIVATE__INIT;
	Vmsilo__Windows__PointerConstraint constraint = VMSILO__WINDOWS__POINTER_CONSTRAINT__INIT;
	Vmsilo__Windows__Drag drag = VMSILO__WINDOWS__DRAG__INIT;
	Vmsilo__Windows__TextInput input = VMSILO__WINDOWS__TEXT_INPUT__INIT;
	Vmsilo__Windows__ClipboardData data = VMSILO__WINDOWS__CLIPBOARD_DATA__INIT;
	Vmsilo__Windows__Configure configure = VMSILO__WINDOWS__CONFIGURE__INIT;
	Vmsilo__Windows__Key key = VMSILO__WINDOWS__KEY__INIT;
	const struct plain plain[] = {{FRAME_WINDOWS_ACTIVATE, &activate},
		{FRAME_WINDOWS_CURSOR, &cursor}, {FRAME_WINDOWS_CONSTRAINT, &constraint},
		{FRAME_WINDOWS_DRAG, &drag}, {FRAME_WINDOWS_TEXT_INPUT, &input},
		{FRAME_WINDOWS_CLIPBOARD_DATA, &data}, {FRAME_WINDOWS_CONFIGURE, &configure},
		{FRAME_WINDOWS_KEY, &key}};

	(void)state;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		for (unsigned int at = 0; at < 8; at++) {
			enum window_phase phase = (enum window_phase)(at % 4);
			bool is_popup = at >= 4;
			uint32_t id = reach(phase, is_popup);
			int code;
			activate.window = constraint.window = drag.window = input.window = id;
			Vmsilo__Windows__Toplevel same = a_toplevel;
			same.window = id;
			Vmsilo__Windows__Popup pop = a_popup;
			pop.window = id;
			switch (wanted[i].type) {
			case FRAME_WINDOWS_TOPLEVEL:
				code = say(wanted[i].type, &same);
				break;
			case FRAME_WINDOWS_POPUP:
				code = say(wanted[i].type, &pop);
				break;
			case FRAME_WINDOWS_GONE:
				code = say_gone(id);
				break;
			case FRAME_WINDOWS_FRAME:
				code = say_frame(id, 1, 4, 4);
				break;
			case FRAME_WINDOWS_SHARED_FRAME:
				code = say_shared(id, 4, 4, 16, 0);
				break;
			case FRAME_WINDOWS_RECT:
				code = say_rect(0, 0, 1, 1);
				break;
			case FRAME_WINDOWS_COPY:
				code = say_copy(0, 0, 2, 2, 1);
				break;
			case FRAME_WINDOWS_FILL:
				code = say_fill(0, 0, 1, 1);
				break;
			case FRAME_WINDOWS_FRAME_END:
				code = say_end(id);
				break;
			case FRAME_WINDOWS_REQUEST:
				code = say_request(id, 1, 0);
				break;
			default:
				code = say(wanted[i].type, plain_find(plain, wanted[i].type));
				break;
			}
			bool allowed =
				is_popup ? wanted[i].popup[phase] : wanted[i].toplevel[phase];
			if ((code == 0) != allowed)
				fail_msg("%s of a %s in phase %u: %d",
					frame_type_name(wanted[i].type),
					is_popup ? "popup" : "toplevel", phase, code);
		}
}

static void test_numbers_rise(void **state)
{
	(void)state;
	assert_int_equal(say_toplevel(0), UV_EPROTO);
	assert_int_equal(say_toplevel(5), 0);
	assert_int_equal(say_toplevel(4), UV_EPROTO);
	assert_int_equal(say_gone(5), 0);
	assert_int_equal(say_toplevel(5), UV_EPROTO);
	assert_int_equal(say_toplevel(6), 0);
	assert_int_equal(say_gone(5), UV_EPROTO);
}

static void test_count(void **state)
{
	(void)state;
	for (uint32_t i = 1; i <= WINDOWS_MAX; i++)
		assert_int_equal(say_toplevel(i), 0);
	assert_int_equal(say_toplevel(WINDOWS_MAX + 1), UV_EPROTO);
	assert_int_equal(say_gone(7), 0);
	assert_int_equal(say_toplevel(WINDOWS_MAX + 1), 0);
	assert_int_equal(say_toplevel(WINDOWS_MAX + 2), UV_EPROTO);
}

static void test_parents(void **state)
{
	Vmsilo__Windows__Toplevel message;

	(void)state;
	for (uint32_t i = 1; i <= 3; i++) {
		message = toplevel(i);
		message.parent = i - 1;
		assert_int_equal(say(FRAME_WINDOWS_TOPLEVEL, &message), 0);
	}
	message = toplevel(1);
	message.parent = 3; /* a circle */
	assert_int_equal(say(FRAME_WINDOWS_TOPLEVEL, &message), UV_EPROTO);
	message.parent = 1;
	assert_int_equal(say(FRAME_WINDOWS_TOPLEVEL, &message), UV_EPROTO);
	message.parent = 9;
	assert_int_equal(say(FRAME_WINDOWS_TOPLEVEL, &message), UV_EPROTO);
	assert_int_equal(say_popup(4, 9), UV_EPROTO);
	assert_int_equal(say_popup(4, 4), UV_EPROTO);
	assert_int_equal(say_popup(4, 3), 0);
	assert_int_equal(say_popup(5, 4), 0);
	assert_int_equal(say_popup(4, 2), UV_EPROTO);
	message = toplevel(3);
	message.parent = 4; /* a popup is nobody's parent but a popup's */
	assert_int_equal(say(FRAME_WINDOWS_TOPLEVEL, &message), UV_EPROTO);
	assert_int_equal(say_gone(3), 0);
	assert_int_equal(rules_window(&rules, 4)->parent, 0);
	assert_int_equal(say_popup(4, 3), 0); /* it crossed the POPUP_DONE */
	assert_int_equal(say_gone(4), 0);
	assert_int_equal(rules_window(&rules, 5)->parent, 0);
}

static void test_frames_wait(void **state)
{
	(void)state;
	reach(WINDOW_CONFIGURED, false);
	assert_int_equal(picture(1, 4, 4), 0);
	assert_int_equal(picture(1, 4, 4), 0);
	assert_int_equal(picture(1, 4, 4), UV_EPROTO);
	assert_int_equal(say_shared(1, 4, 4, 16, 0), UV_EPROTO);
	rules_frames_done(&rules, 1, 1);
	assert_int_equal(say_shared(1, 4, 4, 16, 0), 0);
	rules_frames_done(&rules, 1, 2);
	assert_int_equal(picture(1, 4, 4), 0);
	rules_frames_done(&rules, 99, 1); /* it has gone */
}

static void test_serials(void **state)
{
	(void)state;
	reach(WINDOW_CONFIGURED, false);
	rules_configured(&rules, 1, 3);
	assert_int_equal(say_frame(1, 4, 4, 4), UV_EPROTO);
	assert_int_equal(say_frame(1, 3, 4, 4), 0);
	assert_int_equal(say_fill(0, 0, 4, 4), 0);
	assert_int_equal(say_end(1), 0);
	assert_int_equal(say_frame(1, 2, 4, 4), UV_EPROTO);
	assert_int_equal(say_frame(1, 3, 4, 4), 0);
}

static void test_sides(void **state)
{
	(void)state;
	rules.limits.pixels = WINDOWS_PIXELS_MAX;
	assert_int_equal(say_toplevel(1), 0);
	rules_configured(&rules, 1, 1);
	assert_int_equal(say_frame(1, 1, 0, 4), UV_EPROTO);
	assert_int_equal(say_frame(1, 1, 4, 0), UV_EPROTO);
	assert_int_equal(say_frame(1, 1, WINDOWS_SIDE_MAX + 1, 1), UV_EPROTO);
	assert_int_equal(say_frame(1, 1, 1, WINDOWS_SIDE_MAX + 1), UV_EPROTO);
	assert_int_equal(picture(1, WINDOWS_SIDE_MAX, WINDOWS_SIDE_MAX), 0);
	assert_int_equal(say_toplevel(2), 0);
	rules_configured(&rules, 2, 1);
	assert_int_equal(say_frame(2, 1, 1, 1), UV_EPROTO); /* all pixels are taken */
}

static void test_budget(void **state)
{
	(void)state;
	for (uint32_t i = 1; i <= 3; i++) {
		assert_int_equal(say_toplevel(i), 0);
		rules_configured(&rules, i, 1);
	}
	assert_int_equal(picture(1, 1024, 512), 0);
	assert_int_equal(picture(2, 1024, 512), 0);
	assert_int_equal(say_frame(3, 1, 1, 1), UV_EPROTO);
	assert_int_equal(say_shared(3, 1, 1, 4, 0), UV_EPROTO);
	assert_int_equal(say_gone(1), 0);
	assert_int_equal(picture(3, 1024, 512), 0);
	assert_int_equal(picture(3, 512, 512), 0); /* smaller: there is room again */
	rules_frames_done(&rules, 2, 2);
	assert_int_equal(say_frame(2, 1, 1024, 769), UV_EPROTO);
	assert_int_equal(say_frame(2, 1, 1024, 768), 0);
}

static void test_whole_pictures(void **state)
{
	(void)state;
	reach(WINDOW_CONFIGURED, false);
	assert_int_equal(say_frame(1, 1, 200, 10), 0);
	assert_int_equal(say_fill(0, 0, 200, 4), 0);
	assert_int_equal(say_fill(0, 4, 150, 6), 0);
	assert_int_equal(say_fill(150, 5, 50, 5), 0);
	assert_int_equal(say_fill(150, 4, 49, 1), 0);
	assert_int_equal(say_copy(0, 0, 200, 10, 1), 0); /* covers nothing */
	assert_int_equal(say_end(1), UV_EPROTO);
	assert_int_equal(say_fill(199, 4, 1, 1), 0);
	assert_int_equal(say_end(1), 0);
	assert_int_equal(say_frame(1, 1, 200, 10), 0); /* the same size: only what changed */
	assert_int_equal(say_fill(3, 3, 1, 1), 0);
	assert_int_equal(say_end(1), 0);
}

static void test_pieces(void **state)
{
	(void)state;
	reach(WINDOW_CONFIGURED, false);
	assert_int_equal(picture(1, 8, 8), 0);
	assert_int_equal(say_frame(1, 1, 8, 8), 0);
	assert_int_equal(say_fill(0, 0, 0, 1), UV_EPROTO);
	assert_int_equal(say_fill(0, 0, 9, 1), UV_EPROTO);
	assert_int_equal(say_fill(1, 0, 8, 1), UV_EPROTO);
	assert_int_equal(say_fill(0, 1, 1, 8), UV_EPROTO);
	assert_int_equal(say_fill(UINT32_MAX, 0, 2, 1), UV_EPROTO);
	assert_int_equal(say_fill(7, 7, 1, 1), 0);
	assert_int_equal(say_copy(0, 0, 8, 8, 0), UV_EPROTO);
	assert_int_equal(say_copy(0, 0, 8, 4, 4), UV_EPROTO);
	assert_int_equal(say_copy(0, 0, 8, 4, -4), UV_EPROTO);
	assert_int_equal(say_copy(0, 0, 1, 1, INT32_MIN), UV_EPROTO);
	assert_int_equal(say_copy(0, 0, 1, 4, 3), 0);
	assert_int_equal(say_copy(0, 0, 1, 4, -3), 0);
}

static void test_work_of_a_frame(void **state)
{
	(void)state;
	reach(WINDOW_CONFIGURED, false);
	assert_int_equal(say_frame(1, 1, 8, 8), 0);
	for (int i = 0; i < WINDOWS_WORK_FACTOR; i++)
		assert_int_equal(say_fill(0, 0, 8, 8), 0);
	assert_int_equal(say_fill(0, 0, 1, 1), UV_EPROTO);
}

static void test_count_of_pieces(void **state)
{
	(void)state;
	reach(WINDOW_CONFIGURED, false);
	assert_int_equal(say_frame(1, 1, 1024, 1024), 0);
	for (int i = 0; i < WINDOWS_PIECES_MAX; i++)
		assert_int_equal(say_fill(0, 0, 1, 1), 0);
	assert_int_equal(say_fill(0, 0, 1, 1), UV_EPROTO);
}

static void test_pixels(void **state)
{
	(void)state;
	assert_int_equal(rules_pixels(&rules, 4, &error), UV_EPROTO);
	reach(WINDOW_BUILDING, false);
	assert_int_equal(say_rect(0, 0, 2, 2), 0);
	assert_int_equal(say_rect(0, 0, 2, 2), UV_EPROTO);
	assert_int_equal(say_end(1), UV_EPROTO);
	assert_int_equal(rules_pixels(&rules, 15, &error), UV_EPROTO);
	assert_int_equal(rules_pixels(&rules, 17, &error), UV_EPROTO);
	assert_int_equal(rules_pixels(&rules, 16, &error), 0);
	assert_int_equal(rules_pixels(&rules, 16, &error), UV_EPROTO);
	reach(WINDOW_CONFIGURED, false);
	assert_int_equal(say_frame(1, 1, 512, 512), 0);
	assert_int_equal(say_rect(0, 0, 512, 129), UV_EPROTO);
	assert_int_equal(say_rect(0, 0, 512, 128), 0);
	assert_int_equal(rules_pixels(&rules, FRAME_WINDOWS_PIXELS_MAX, &error), 0);
}

static void test_other_windows_while_building(void **state)
{
	(void)state;
	reach(WINDOW_CONFIGURED, true);
	assert_int_equal(say_frame(2, 1, 4, 4), 0);
	assert_int_equal(say_frame(1, 1, 4, 4), UV_EPROTO);
	assert_int_equal(say_end(1), UV_EPROTO);
	assert_int_equal(say_toplevel(3), UV_EPROTO);
	assert_int_equal(say_gone(1), UV_EPROTO);
}

static void test_shared(void **state)
{
	(void)state;
	reach(WINDOW_CONFIGURED, false);
	assert_int_equal(say_shared(1, 8, 8, 31, 0), UV_EPROTO);
	assert_int_equal(say_shared(1, 8, 8, 34, 0), UV_EPROTO);
	assert_int_equal(say_shared(1, 8, 8, 32, 2), UV_EPROTO);
	assert_int_equal(say_shared(1, 8, 8, 32, (1 << 20) - 252), UV_EPROTO);
	assert_int_equal(say_shared(1, 8, 8, 32, UINT64_MAX - 255), UV_EPROTO);
	assert_int_equal(say_shared(1, 8, 8, 2 * WINDOWS_SIDE_MAX * 4 + 4, 0), UV_EPROTO);
	assert_int_equal(say_shared(1, 8, 8, 32, (1 << 20) - 256), 0);
	assert_int_equal(say_frame(1, 1, 8, 8), 0); /* nobody has read that: all of it comes */
	assert_int_equal(say_end(1), UV_EPROTO);
	reach(WINDOW_CONFIGURED, false);
	rules.limits.shared = 0;
	assert_int_equal(say_shared(1, 1, 1, 4, 0), UV_EPROTO);
}

static void test_damage(void **state)
{
	Vmsilo__Windows__SharedFrame message = VMSILO__WINDOWS__SHARED_FRAME__INIT;
	Vmsilo__Windows__Rect rect = VMSILO__WINDOWS__RECT__INIT, *rects[WINDOWS_DAMAGE_MAX + 1];

	(void)state;
	reach(WINDOW_CONFIGURED, false);
	message.window = message.serial = 1;
	message.width = message.height = 8;
	message.stride = 32;
	message.damage = rects;
	for (size_t i = 0; i <= WINDOWS_DAMAGE_MAX; i++)
		rects[i] = &rect;
	rect.width = rect.height = 8;
	message.n_damage = WINDOWS_DAMAGE_MAX + 1;
	assert_int_equal(say(FRAME_WINDOWS_SHARED_FRAME, &message), UV_EPROTO);
	message.n_damage = WINDOWS_DAMAGE_MAX;
	assert_int_equal(say(FRAME_WINDOWS_SHARED_FRAME, &message), 0);
	rect.x = 1;
	assert_int_equal(say(FRAME_WINDOWS_SHARED_FRAME, &message), UV_EPROTO);
	rect.x = UINT32_MAX;
	rect.width = 2;
	assert_int_equal(say(FRAME_WINDOWS_SHARED_FRAME, &message), UV_EPROTO);
}

static void test_clipboard(void **state)
{
	static uint8_t bytes[1001];
	Vmsilo__Windows__ClipboardData data = VMSILO__WINDOWS__CLIPBOARD_DATA__INIT;

	(void)state;
	data.serial = 3;
	data.kind = VMSILO__WINDOWS__CLIPBOARD_KIND__CLIPBOARD_TEXT;
	data.data.data = bytes;
	data.data.len = 600;
	assert_int_equal(say(FRAME_WINDOWS_CLIPBOARD_DATA, &data), UV_EPROTO);
	rules_clipboard_asked(&rules, 3);
	assert_int_equal(say(FRAME_WINDOWS_CLIPBOARD_DATA, &data), 0);
	data.data.len = 400;
	data.last = true;
	assert_int_equal(say(FRAME_WINDOWS_CLIPBOARD_DATA, &data), 0);
	assert_int_equal(say(FRAME_WINDOWS_CLIPBOARD_DATA, &data), UV_EPROTO);
	rules_clipboard_asked(&rules, 4);
	assert_int_equal(say(FRAME_WINDOWS_CLIPBOARD_DATA, &data), UV_EPROTO);
	data.serial = 4;
	data.data.len = 1001;
	assert_int_equal(say(FRAME_WINDOWS_CLIPBOARD_DATA, &data), UV_EPROTO);
	rules_clipboard_asked(&rules, 4);
	data.data.len = 10;
	data.last = false;
	assert_int_equal(say(FRAME_WINDOWS_CLIPBOARD_DATA, &data), 0);
	data.kind = VMSILO__WINDOWS__CLIPBOARD_KIND__CLIPBOARD_PNG;
	assert_int_equal(say(FRAME_WINDOWS_CLIPBOARD_DATA, &data), UV_EPROTO);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_phases),
		TEST(test_numbers_rise),
		TEST(test_count),
		TEST(test_parents),
		TEST(test_frames_wait),
		TEST(test_serials),
		TEST(test_sides),
		TEST(test_budget),
		TEST(test_whole_pictures),
		TEST(test_pieces),
		TEST(test_work_of_a_frame),
		TEST(test_count_of_pieces),
		TEST(test_pixels),
		TEST(test_other_windows_while_building),
		TEST(test_shared),
		TEST(test_damage),
		TEST(test_clipboard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
