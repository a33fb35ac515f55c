/* The bounds of the guest's windows messages, each from both sides, what they cost, and what covers
 * a picture. */
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "proto/windows.pb-c.h"
#include "proto/wire/frame.h"
#include "tests/lib/test.h"
#include "tray/windows/rules/check.h"
#include "tray/windows/rules/cover.h"
#include "tray/windows/rules/work.h"

static struct error error;

static int say(uint16_t type, const void *message)
{
	return check_message(type, message, &error);
}

static int say_request(uint32_t request, uint32_t edges)
{
	Vmsilo__Windows__WindowRequest message = VMSILO__WINDOWS__WINDOW_REQUEST__INIT;

	message.request = (Vmsilo__Windows__Request)request;
	message.edges = edges;
	return say(FRAME_WINDOWS_REQUEST, &message);
}

static void test_texts(void **state)
{
	static char title[WINDOWS_TITLE_MAX + 2], app_id[WINDOWS_APP_ID_MAX + 2],
		token[WINDOWS_TOKEN_MAX + 2];
	Vmsilo__Windows__Toplevel message = VMSILO__WINDOWS__TOPLEVEL__INIT;
	Vmsilo__Windows__Activate activate = VMSILO__WINDOWS__ACTIVATE__INIT;

	(void)state;
	memset(title, 't', WINDOWS_TITLE_MAX + 1);
	memset(app_id, 'a', WINDOWS_APP_ID_MAX + 1);
	memset(token, 'k', WINDOWS_TOKEN_MAX + 1);
	message.title = title;
	assert_int_equal(say(FRAME_WINDOWS_TOPLEVEL, &message), UV_EPROTO);
	title[WINDOWS_TITLE_MAX] = '\0';
	message.app_id = app_id;
	assert_int_equal(say(FRAME_WINDOWS_TOPLEVEL, &message), UV_EPROTO);
	app_id[WINDOWS_APP_ID_MAX] = '\0';
	assert_int_equal(say(FRAME_WINDOWS_TOPLEVEL, &message), 0);
	title[0] = '\xff';
	assert_int_equal(say(FRAME_WINDOWS_TOPLEVEL, &message), UV_EPROTO);
	activate.window = 1;
	activate.token = token;
	assert_int_equal(say(FRAME_WINDOWS_ACTIVATE, &activate), UV_EPROTO);
	token[WINDOWS_TOKEN_MAX] = '\0';
	assert_int_equal(say(FRAME_WINDOWS_ACTIVATE, &activate), 0);
}

static void test_popup_bounds(void **state)
{
	static const struct {
		size_t field;
		int64_t last, first_bad;
	} bounds[] = {
#define BOUND(field, last, bad) {offsetof(Vmsilo__Windows__Popup, field), last, bad}
		BOUND(anchor_x, WINDOWS_PLACE_MAX, WINDOWS_PLACE_MAX + 1),
		BOUND(anchor_x, -WINDOWS_PLACE_MAX, -WINDOWS_PLACE_MAX - 1),
		BOUND(anchor_y, WINDOWS_PLACE_MAX, WINDOWS_PLACE_MAX + 1),
		BOUND(anchor_y, -WINDOWS_PLACE_MAX, -WINDOWS_PLACE_MAX - 1),
		BOUND(offset_x, WINDOWS_PLACE_MAX, WINDOWS_PLACE_MAX + 1),
		BOUND(offset_y, -WINDOWS_PLACE_MAX, INT32_MIN),
		BOUND(width, WINDOWS_SIDE_MAX, WINDOWS_SIDE_MAX + 1),
		BOUND(height, 1, 0),
		BOUND(anchor_width, WINDOWS_SIDE_MAX, WINDOWS_SIDE_MAX + 1),
		BOUND(anchor_height, 0, WINDOWS_SIDE_MAX + 1),
		BOUND(anchor, 10, 11),
		BOUND(anchor, 9, 3),
		BOUND(gravity, 6, 12),
		BOUND(adjustment, 63, 64),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
		Vmsilo__Windows__Popup message = VMSILO__WINDOWS__POPUP__INIT;
		message.width = message.height = 10;
		int32_t *field = (int32_t *)((uint8_t *)&message + bounds[i].field);
		*field = (int32_t)bounds[i].first_bad;
		assert_int_equal(say(FRAME_WINDOWS_POPUP, &message), UV_EPROTO);
		*field = (int32_t)bounds[i].last;
		assert_int_equal(say(FRAME_WINDOWS_POPUP, &message), 0);
	}
}

static void test_requests(void **state)
{
	(void)state;
	assert_int_equal(say_request(0, 0), UV_EPROTO);
	assert_int_equal(say_request(1, 0), 0);
	assert_int_equal(say_request(9, 0), 0);
	assert_int_equal(say_request(10, 0), UV_EPROTO);
	assert_int_equal(say_request(7, 10), 0);
	assert_int_equal(say_request(7, 11), UV_EPROTO);
	assert_int_equal(say_request(7, 3), UV_EPROTO);
}

static void test_cursors(void **state)
{
	static uint8_t pixels[(WINDOWS_CURSOR_SIDE_MAX + 1) * WINDOWS_CURSOR_SIDE_MAX * 4];
	Vmsilo__Windows__Cursor cursor = VMSILO__WINDOWS__CURSOR__INIT;

	(void)state;
	cursor.shape = 36;
	assert_int_equal(say(FRAME_WINDOWS_CURSOR, &cursor), 0);
	cursor.shape = 37;
	assert_int_equal(say(FRAME_WINDOWS_CURSOR, &cursor), UV_EPROTO);
	cursor.shape = 0;
	cursor.width = cursor.height = WINDOWS_CURSOR_SIDE_MAX;
	cursor.scale = WINDOWS_SCALE_ONE;
	cursor.pixels.data = pixels;
	cursor.pixels.len = (size_t)WINDOWS_CURSOR_SIDE_MAX * WINDOWS_CURSOR_SIDE_MAX * 4;
	assert_int_equal(say(FRAME_WINDOWS_CURSOR, &cursor), 0);
	cursor.pixels.len--;
	assert_int_equal(say(FRAME_WINDOWS_CURSOR, &cursor), UV_EPROTO);
	cursor.pixels.len++;
	cursor.scale--;
	assert_int_equal(say(FRAME_WINDOWS_CURSOR, &cursor), UV_EPROTO);
	cursor.scale = WINDOWS_SCALE_MAX + 1;
	assert_int_equal(say(FRAME_WINDOWS_CURSOR, &cursor), UV_EPROTO);
	cursor.scale = WINDOWS_SCALE_MAX;
	cursor.hot_x = -WINDOWS_CURSOR_SIDE_MAX;
	assert_int_equal(say(FRAME_WINDOWS_CURSOR, &cursor), 0);
	cursor.hot_x--;
	assert_int_equal(say(FRAME_WINDOWS_CURSOR, &cursor), UV_EPROTO);
	cursor.hot_x = 0;
	cursor.width++;
	cursor.pixels.len = sizeof(pixels);
	assert_int_equal(say(FRAME_WINDOWS_CURSOR, &cursor), UV_EPROTO);
	cursor.width = 0; /* a height alone */
	cursor.pixels.len = 0;
	assert_int_equal(say(FRAME_WINDOWS_CURSOR, &cursor), UV_EPROTO);
}

static void test_text_input(void **state)
{
	static char text[WINDOWS_TEXT_MAX + 2];
	Vmsilo__Windows__TextInput message = VMSILO__WINDOWS__TEXT_INPUT__INIT;

	(void)state;
	memset(text, 'x', WINDOWS_TEXT_MAX + 1);
	message.window = 1;
	message.surrounding = text;
	assert_int_equal(say(FRAME_WINDOWS_TEXT_INPUT, &message), UV_EPROTO);
	text[WINDOWS_TEXT_MAX] = '\0';
	message.cursor = message.anchor = WINDOWS_TEXT_MAX;
	message.purpose = 13;
	message.hint = 0x3ff;
	assert_int_equal(say(FRAME_WINDOWS_TEXT_INPUT, &message), 0);
	message.cursor++;
	assert_int_equal(say(FRAME_WINDOWS_TEXT_INPUT, &message), UV_EPROTO);
	message.cursor = 0;
	message.purpose = 14;
	assert_int_equal(say(FRAME_WINDOWS_TEXT_INPUT, &message), UV_EPROTO);
	message.purpose = 0;
	message.hint = 0x400;
	assert_int_equal(say(FRAME_WINDOWS_TEXT_INPUT, &message), UV_EPROTO);
}

/* A flood of whatever is cheap to say is slowed down to its share; a desktop's usual is not. */
static void test_work(void **state)
{
	Vmsilo__Windows__Toplevel window = VMSILO__WINDOWS__TOPLEVEL__INIT;
	Vmsilo__Windows__Fill fill = VMSILO__WINDOWS__FILL__INIT;
	struct rate rate;

	(void)state;
	work_init(&rate, 0);
	for (int i = 0; i < WORK_BURST / WORK_NEW_WINDOW; i++)
		assert_int_equal(
			rate_owe(&rate, work_of(FRAME_WINDOWS_TOPLEVEL, &window.base), 0), 0);
	assert_true(rate_owe(&rate, work_of(FRAME_WINDOWS_TOPLEVEL, &window.base), 0) > 0);
	fill.width = fill.height = WINDOWS_SIDE_MAX;
	assert_int_equal(work_of(FRAME_WINDOWS_FILL, &fill.base), 1 + (64 << 20) / WORK_PIXELS);
	fill.width = fill.height = UINT32_MAX; /* not checked yet */
	assert_int_equal(work_of(FRAME_WINDOWS_FILL, &fill.base), 1 + WORK_BURST);
	fill.width = fill.height = 1;
	assert_int_equal(work_of(FRAME_WINDOWS_FILL, &fill.base), 1);
	assert_int_equal(work_of(FRAME_WINDOWS_PIXELS, NULL), 1);
	Vmsilo__Windows__Cursor cursor = VMSILO__WINDOWS__CURSOR__INIT;
	Vmsilo__Windows__Drag drag = VMSILO__WINDOWS__DRAG__INIT;
	uint32_t none = work_of(FRAME_WINDOWS_CURSOR, &cursor.base);
	assert_int_equal(work_of(FRAME_WINDOWS_DRAG, &drag.base), none);
	cursor.width = cursor.height = WINDOWS_CURSOR_SIDE_MAX;
	drag.icon = &cursor;
	assert_true(work_of(FRAME_WINDOWS_CURSOR, &cursor.base) > 3 * none);
	assert_int_equal(work_of(FRAME_WINDOWS_DRAG, &drag.base),
		work_of(FRAME_WINDOWS_CURSOR, &cursor.base));
}

static void test_clipboard_parts(void **state)
{
	static uint8_t bytes[WINDOWS_CLIPBOARD_PART_MAX + 1];
	Vmsilo__Windows__ClipboardData data = VMSILO__WINDOWS__CLIPBOARD_DATA__INIT;

	(void)state;
	data.serial = 1;
	data.kind = VMSILO__WINDOWS__CLIPBOARD_KIND__CLIPBOARD_TEXT;
	data.data.data = bytes;
	data.data.len = WINDOWS_CLIPBOARD_PART_MAX + 1;
	assert_int_equal(say(FRAME_WINDOWS_CLIPBOARD_DATA, &data), UV_EPROTO);
	data.data.len--;
	assert_int_equal(say(FRAME_WINDOWS_CLIPBOARD_DATA, &data), 0);
}

/* Rectangles at random, counted pixel by pixel. */
static void test_cover(void **state)
{
	enum { SIDE = 130 };
	static bool seen[SIDE * SIDE];
	struct cover cover;
	unsigned int random = 1;

	(void)state;
	for (int round = 0; round < 20; round++) {
		uint64_t missing = SIDE * SIDE;
		memset(seen, 0, sizeof(seen));
		cover_init(&cover, SIDE, SIDE);
		for (int i = 0; i < 60; i++) {
			random = random * 1103515245 + 12345;
			uint32_t x = random >> 8 & 127, y = random >> 16 & 127;
			uint32_t w = 1 + (random >> 4 & 63), h = 1 + (random >> 12 & 63);
			if (i % 7 == 0) {
				x = 0;
				w = SIDE;
			}
			w = w > SIDE - x ? SIDE - x : w;
			h = h > SIDE - y ? SIDE - y : h;
			assert_int_equal(cover_add(&cover, x, y, w, h), 0);
			for (uint32_t k = 0; k < w * h; k++) {
				bool *pixel = &seen[(y + k / w) * SIDE + x + k % w];
				missing -= !*pixel;
				*pixel = true;
			}
			assert_int_equal(cover.missing, missing);
		}
		cover_finish(&cover);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_popup_bounds),
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_cursors),
		cmocka_unit_test(test_text_input),
		cmocka_unit_test(test_work),
		cmocka_unit_test(test_clipboard_parts),
		cmocka_unit_test(test_cover),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
