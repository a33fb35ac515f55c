/* Where popups go: what a guest asks for is asked of the compositor, and never away from the
 * parent. */
#include <stdlib.h>

#include "proto/limits.h"
#include "tests/lib/test.h"
#include "tray/windows/window/place.h"

#define LEFT VMSILO__WINDOWS__EDGE__EDGE_LEFT
#define RIGHT VMSILO__WINDOWS__EDGE__EDGE_RIGHT
#define TOP VMSILO__WINDOWS__EDGE__EDGE_TOP
#define BOTTOM VMSILO__WINDOWS__EDGE__EDGE_BOTTOM
#define FLIP_X 4
#define FLIP_Y 8
#define ALL 63

static const struct place_parent parent = {
	.width = 308, .height = 232, .content_x = 4, .content_y = 28};

static Vmsilo__Windows__Popup popup_of(int32_t x, int32_t y, uint32_t width, uint32_t height)
{
	Vmsilo__Windows__Popup popup = VMSILO__WINDOWS__POPUP__INIT;

	popup.anchor_x = x;
	popup.anchor_y = y;
	popup.anchor_width = popup.anchor_height = 1;
	popup.anchor = popup.gravity = BOTTOM | RIGHT;
	popup.width = width;
	popup.height = height;
	popup.adjustment = ALL;
	return popup;
}

/* xdg-shell's own words: the anchor's point, the way from there, the offset. */
static int32_t begin(
	int32_t from, int32_t length, int anchored, int towards, int32_t offset, int32_t size)
{
	int32_t point = anchored < 0 ? from : anchored > 0 ? from + length : from + length / 2;

	return point + offset - (towards < 0 ? size : towards > 0 ? 0 : size / 2);
}

static int side(uint32_t edges, uint32_t low, uint32_t high)
{
	return edges & low ? -1 : edges & high ? 1 : 0;
}

static struct frame_box box_of(const struct place *place, bool flip_x, bool flip_y, int turned)
{
	int x = flip_x ? -1 : 1, y = flip_y ? -1 : 1;

	return (struct frame_box){
		begin(place->anchor.x, place->anchor.width, x * side(place->anchored, LEFT, RIGHT),
			x * side(place->towards, LEFT, RIGHT),
			flip_x ? turned * place->offset_x : place->offset_x, place->width),
		begin(place->anchor.y, place->anchor.height, y * side(place->anchored, TOP, BOTTOM),
			y * side(place->towards, TOP, BOTTOM),
			flip_y ? turned * place->offset_y : place->offset_y, place->height),
		place->width, place->height};
}

static bool touches(const struct frame_box *box)
{
	return box->x <= parent.width && box->x + box->width >= 0 && box->y <= parent.height &&
	       box->y + box->height >= 0;
}

/* A menu's content is where the guest wants it: its frame is around that. */
static void test_menu(void **state)
{
	Vmsilo__Windows__Popup popup = popup_of(50, 40, 120, 90);
	struct place place;

	(void)state;
	place_make(&popup, WINDOWS_SCALE_ONE, &parent, 1280, 720, &place);
	const struct frame_box box = box_of(&place, false, false, 1);
	assert_int_equal(box.x + FRAME_POPUP_BORDER, parent.content_x + 51);
	assert_int_equal(box.y + FRAME_POPUP_BORDER, parent.content_y + 41);
	assert_int_equal(place.width, 124);
	assert_int_equal(place.height, 94);
	assert_int_equal(place.adjustment, ALL);
	/* In the pixels of a screen of scale 2. */
	popup = popup_of(100, 80, 240, 180);
	place_make(&popup, 2 * WINDOWS_SCALE_ONE, &parent, 1280, 720, &place);
	assert_int_equal(place.anchor.x, parent.content_x + 50);
	assert_int_equal(place.width, 124);
}

/* An offset is the guest's, as long as the popup stays at its window. */
static void test_offsets(void **state)
{
	Vmsilo__Windows__Popup popup = popup_of(10, 10, 40, 30);
	struct place place;

	(void)state;
	popup.offset_x = 20;
	popup.offset_y = -30;
	place_make(&popup, WINDOWS_SCALE_ONE, &parent, 1280, 720, &place);
	assert_int_equal(place.offset_x, 20 - FRAME_POPUP_BORDER);
	assert_int_equal(place.offset_y, -30 - FRAME_POPUP_BORDER);
	popup.offset_x = 5000;
	popup.offset_y = -5000;
	place_make(&popup, WINDOWS_SCALE_ONE, &parent, 1280, 720, &place);
	const struct frame_box box = box_of(&place, false, false, 1);
	assert_int_equal(box.x, parent.width);
	assert_int_equal(box.y, -place.height);
}

static void test_larger_than_the_screen(void **state)
{
	const Vmsilo__Windows__Popup popup = popup_of(10, 10, WINDOWS_SIDE_MAX, WINDOWS_SIDE_MAX);
	struct place place;

	(void)state;
	place_make(&popup, WINDOWS_SCALE_ONE, &parent, 1280, 720, &place);
	assert_int_equal(place.width, 1280);
	assert_int_equal(place.height, 720);
}

static int32_t any(int32_t most)
{
	return (int32_t)(random() % (2 * most + 1)) - most;
}

/* Whatever a guest may say: it is at its parent, also where the compositor turns it around, with
 * the offset or without; and the anchor is within the parent, without which the protocol ends us.
 */
static void test_anything(void **state)
{
	static const uint32_t edges[] = {0, TOP, BOTTOM, LEFT, RIGHT, TOP | LEFT, TOP | RIGHT,
		BOTTOM | LEFT, BOTTOM | RIGHT};
	static const uint32_t scales[] = {60, 120, 150, 180, 240, WINDOWS_SCALE_MAX};

	(void)state;
	srandom(1);
	for (int i = 0; i < 200000; i++) {
		int32_t far = i % 2 ? WINDOWS_PLACE_MAX : 400;
		uint32_t large = i % 3 ? 300 : WINDOWS_SIDE_MAX;
		Vmsilo__Windows__Popup popup = popup_of(any(far), any(far),
			1 + (uint32_t)random() % large, 1 + (uint32_t)random() % large);
		struct place place;
		popup.anchor_width = (uint32_t)random() % (large + 1);
		popup.anchor_height = (uint32_t)random() % (large + 1);
		popup.offset_x = any(far);
		popup.offset_y = any(far);
		popup.anchor = edges[random() % 9];
		popup.gravity = edges[random() % 9];
		place_make(&popup, scales[random() % 6], &parent, 1280, 720, &place);
		assert_true(place.width >= 1 && place.width <= 1280 && place.height >= 1 &&
			    place.height <= 720);
		assert_true(place.anchor.x >= 0 && place.anchor.y >= 0 && place.anchor.width >= 1 &&
			    place.anchor.height >= 1 &&
			    place.anchor.x + place.anchor.width <= parent.width &&
			    place.anchor.y + place.anchor.height <= parent.height);
		for (int way = 0; way < 8; way++) {
			bool flip_x = way & 1, flip_y = way & 2;
			if ((flip_x && !(place.adjustment & FLIP_X)) ||
				(flip_y && !(place.adjustment & FLIP_Y)))
				continue;
			const struct frame_box box =
				box_of(&place, flip_x, flip_y, way & 4 ? -1 : 1);
			assert_true(touches(&box));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_menu),
		cmocka_unit_test(test_offsets),
		cmocka_unit_test(test_larger_than_the_screen),
		cmocka_unit_test(test_anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
