/* Frames, labels, scales: where their parts are, and what they say. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/test.h"
#include "tray/windows/draw/frame.h"
#include "tray/windows/draw/label.h"
#include "tray/windows/draw/painter.h"
#include "tray/windows/draw/scale.h"

static const struct frame_style usual = {
	.titled = true, .buttons_maximize = true, .buttons_minimize = true};

static const struct frame_style strip = {.buttons_maximize = true, .buttons_minimize = true};

/* ---- scales ---- */

static void test_scale_multiples(void **state)
{
	static const struct {
		uint32_t scale;
		int32_t multiple;
	} known[] = {
		{120, 1}, {240, 1}, {360, 1}, {180, 2}, {150, 4}, {210, 4}, {160, 3}, {300, 2}};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		assert_int_equal(scale_multiple(known[i].scale), known[i].multiple);
		for (int32_t logical = 0; logical < 50; logical++) {
			int32_t whole = scale_floor(logical, known[i].scale);
			assert_int_equal(whole * (int64_t)known[i].scale % 120, 0);
			assert_true(whole <= logical && logical - whole < known[i].multiple);
		}
		for (int32_t physical = 1; physical < 50; physical++) {
			int32_t logical = scale_hold(physical, known[i].scale);
			assert_int_equal(scale_floor(logical, known[i].scale), logical);
			assert_true(scale_to_physical(logical, known[i].scale) >= physical);
			logical -= known[i].multiple;
			assert_true(scale_to_physical(logical, known[i].scale) < physical);
		}
	}
}

static void test_scale_of_outputs(void **state)
{
	(void)state;
	assert_int_equal(scale_of_widths(1920, 1920, 1), 120);
	assert_int_equal(scale_of_widths(1920, 1280, 2), 180);
	assert_int_equal(scale_of_widths(1366, 911, 2), 180);
	assert_int_equal(scale_of_widths(1366, 1093, 2), 150);
	assert_int_equal(scale_of_widths(3840, 1920, 2), 240);
	assert_int_equal(scale_of_widths(2560, 1920, 2), 160);
	assert_int_equal(scale_of_widths(100000, 1, 1), WINDOWS_SCALE_MAX);
	assert_int_equal(scale_of_widths(1, 100000, 1), 60);
	/* Some say no scale above 1 there. */
	assert_int_equal(scale_of_widths(3840, 1920, 1), 240);
	/* Physical pixels for logical ones. */
	assert_int_equal(scale_of_widths(3840, 3840, 2), 240);
	assert_int_equal(scale_of_widths(3840, 3840, 3), 360);
	assert_int_equal(scale_of_widths(3840, 3840, 1000), WINDOWS_SCALE_MAX);
}

/* ---- frames ---- */

static void test_frame_sizes(void **state)
{
	const struct frame_style bare = {.titled = true, .bare = true}, popup = {.popup = true},
				 untitled = {0};
	int32_t width, height;

	(void)state;
	frame_around(&usual, 300, 200, &width, &height);
	assert_int_equal(width, 308);
	assert_int_equal(height, 232);
	frame_room(&usual, width, height, &width, &height);
	assert_int_equal(width, 300);
	assert_int_equal(height, 200);
	frame_around(&untitled, 300, 200, &width, &height);
	assert_int_equal(height, 220);
	assert_true(frame_is_labelled(&untitled) && frame_is_labelled(&usual));
	assert_false(frame_is_labelled(&bare) || frame_is_labelled(&popup));
	frame_around(&popup, 10, 10, &width, &height);
	assert_int_equal(width, 14);
	frame_around(&bare, 10, 10, &width, &height);
	assert_int_equal(width, 10);
	/* A small window is as wide as its label needs. */
	frame_around(&usual, FRAME_WIDTH_MIN - 9, 10, &width, &height);
	assert_int_equal(width, FRAME_WIDTH_MIN);
	frame_around(&usual, FRAME_WIDTH_MIN - 7, 10, &width, &height);
	assert_int_equal(width, FRAME_WIDTH_MIN + 1);
	/* Where the label has no room there is none for pixels. */
	frame_room(&usual, 300, FRAME_TITLE + 2 * FRAME_BORDER, &width, &height);
	assert_int_equal(width, 0);
	frame_room(&usual, 300, FRAME_TITLE + 2 * FRAME_BORDER + 1, &width, &height);
	assert_int_equal(width, 292);
	assert_int_equal(height, 1);
}

static void test_frame_parts(void **state)
{
	static const struct {
		int32_t x, y;
		enum frame_part part;
		uint32_t edges;
	} known[] = {
		{0, 0, FRAME_EDGE, 5},
		{15, 0, FRAME_EDGE, 5},
		{16, 0, FRAME_EDGE, 1},
		{0, 15, FRAME_EDGE, 5},
		{283, 0, FRAME_EDGE, 1},
		{284, 0, FRAME_EDGE, 9},
		{299, 0, FRAME_EDGE, 9},
		{299, 15, FRAME_EDGE, 9},
		{0, 116, FRAME_EDGE, 4},
		{0, 199, FRAME_EDGE, 6},
		{299, 199, FRAME_EDGE, 10},
		{150, 197, FRAME_EDGE, 2},
		{20, 12, FRAME_MOVE, 0},
		{290, 10, FRAME_CLOSE, 0},
		{260, 10, FRAME_MAXIMIZE, 0},
		{230, 10, FRAME_MINIMIZE, 0},
		{211, 10, FRAME_MOVE, 0},
		{150, 100, FRAME_NOTHING, 0},
		{300, 10, FRAME_NOTHING, 0},
		{-1, 10, FRAME_NOTHING, 0},
	};
	uint32_t edges;

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		enum frame_part part =
			frame_part_at(&usual, 300, 200, known[i].x, known[i].y, &edges);
		if (part != known[i].part || edges != known[i].edges)
			fail_msg("%d,%d: part %u with edges %u", known[i].x, known[i].y, part,
				edges);
	}
	/* Never two opposite edges, however small it is. */
	for (int32_t side = 1; side < 40; side++)
		for (int32_t x = 0; x < side; x++) {
			frame_part_at(&usual, side, side, x, x, &edges);
			assert_true((edges & 3) != 3 && (edges & 12) != 12);
		}
}

static void test_frame_buttons_go_before_the_label(void **state)
{
	(void)state;
	for (int32_t width = 10; width < 400; width++) {
		struct frame_box label = frame_label(&usual, width);
		for (int part = FRAME_CLOSE; part <= FRAME_MINIMIZE; part++) {
			struct frame_box box = frame_button(&usual, width, (enum frame_part)part);
			if (box.width == 0)
				continue;
			assert_true(box.x >= label.x + label.width);
			assert_true(box.x + box.width <= width - FRAME_BORDER);
		}
		if (width >= FRAME_WIDTH_MIN)
			assert_true(label.width >= 95); /* '[untrusted]' has 86 */
	}
}

/* What the compositor titles, and what fills the screen, has the VM's name and no button. */
static void test_strips(void **state)
{
	uint32_t edges;

	(void)state;
	for (int32_t width = 10; width < 400; width++) {
		struct frame_box label = frame_label(&strip, width);
		for (int part = FRAME_CLOSE; part <= FRAME_MINIMIZE; part++)
			assert_int_equal(
				frame_button(&strip, width, (enum frame_part)part).width, 0);
		assert_true(label.width <= width && label.y + label.height <= frame_top(&strip));
		if (width >= FRAME_WIDTH_MIN)
			assert_true(label.width >= 140);
	}
	assert_int_equal(frame_part_at(&strip, 300, 200, 290, 10, &edges), FRAME_MOVE);
	assert_int_equal(frame_part_at(&strip, 300, 200, 290, FRAME_STRIP, &edges), FRAME_NOTHING);
}

/* ---- labels ---- */

static void test_labels(void **state)
{
	char out[LABEL_SIZE], app_id[LABEL_APP_ID_SIZE];

	(void)state;
	label_make(out, sizeof(out), "web", "a\ttitle\n\x1b[31m");
	assert_string_equal(out, "[web] a title [31m");
	/* Marks of direction, zero-width characters, tags. */
	label_make(out, sizeof(out), "web",
		"\xe2\x80\xae[bank]\xe2\x80\x8b \xe2\x81\xa6x\xef\xbb\xbf\xf3\xa0\x81\x81");
	assert_string_equal(out, "[web] [bank] x");
	label_app_id(app_id, sizeof(app_id), "web", "org.x/../y \xc3\xa9");
	assert_string_equal(app_id, "vmsilo.web.org.x_.._y___");
	label_app_id(app_id, sizeof(app_id), "web", "");
	assert_string_equal(app_id, "vmsilo.web.");
}

static void test_long_labels(void **state)
{
	static char title[WINDOWS_TITLE_MAX + 1], vm[VM_NAME_MAX + 1], app[WINDOWS_APP_ID_MAX + 1];
	char out[LABEL_SIZE], app_id[LABEL_APP_ID_SIZE];

	(void)state;
	memset(title, 't', WINDOWS_TITLE_MAX);
	memset(vm, 'v', VM_NAME_MAX);
	memset(app, 'a', WINDOWS_APP_ID_MAX);
	label_make(out, sizeof(out), vm, title);
	assert_int_equal(strlen(out), VM_NAME_MAX + 3 + WINDOWS_TITLE_MAX);
	label_app_id(app_id, sizeof(app_id), vm, app);
	assert_int_equal(strlen(app_id), strlen("vmsilo..") + VM_NAME_MAX + WINDOWS_APP_ID_MAX);
}

/* Never below what the better of black and white has on the worst of colours. */
static void test_ink(void **state)
{
	(void)state;
	for (int i = 0; i < 256 * 256 * 256; i += 17 * 31) {
		struct colour colour = {(uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i};
		assert_true(label_contrast(label_ink(colour), colour) >= 4.58);
	}
}

/* ---- drawing ---- */

static uint32_t *title_paint(struct text *text, const struct frame_style *style, const char *vm,
	const char *line, uint32_t scale, int32_t width, int32_t *ret_width, int32_t *ret_height)
{
	const struct painter_title title = {.style = style,
		.vm = vm,
		.title = line,
		.colour = {0, 0, 0x80},
		.scale = scale,
		.width = width};
	int32_t physical = scale_to_physical(width, scale);
	int32_t height = scale_to_physical(frame_top(style), scale);
	uint32_t *pixels = calloc((size_t)physical * (size_t)height, 4);

	painter_title(text, &title,
		&(const struct canvas){(uint8_t *)pixels, physical, height, physical * 4});
	*ret_width = physical;
	*ret_height = height;
	return pixels;
}

static int inked(const uint32_t *pixels, int32_t width, int32_t height, int32_t from, int32_t to)
{
	int count = 0;

	for (int32_t y = 0; y < height; y++)
		for (int32_t x = from; x < to; x++)
			count += pixels[y * width + x] != 0xff000080;
	return count;
}

static void test_titles(void **state)
{
	static const char *const lines[] = {"", "a title",
		"\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d [bank]",
		"\xe4\xb8\xad\xe6\x96\x87 \xd0\xb6 \xf0\x9f\x98\x80", "\xcc\x81\xcc\x81\xcc\x81"};
	struct error error = {0};
	struct text *text;
	int32_t width, height;

	(void)state;
	if (text_create(&text, &error) < 0)
		skip(); /* no font here */
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		for (uint32_t scale = 120; scale <= 240; scale += 30) {
			uint32_t *plain =
				title_paint(text, &usual, "web", "", scale, 400, &width, &height);
			uint32_t *pixels = title_paint(
				text, &usual, "web", lines[i], scale, 400, &width, &height);
			int32_t name = scale_to_physical(40, scale);
			assert_true(inked(pixels, width, height, 0, name) > 20);
			/* The title takes nothing of the name's place. */
			for (int32_t y = 0; y < height; y++)
				assert_memory_equal(
					plain + y * width, pixels + y * width, (size_t)name * 4);
			free(plain);
			free(pixels);
		}
	text_destroy(text);
}

/* The VM's name is all of it, whatever the guest calls its window. */
static void test_strip_has_the_name_alone(void **state)
{
	struct error error = {0};
	struct text *text;
	int32_t width, height;

	(void)state;
	if (text_create(&text, &error) < 0)
		skip();
	for (uint32_t scale = 120; scale <= 240; scale += 30) {
		uint32_t *plain = title_paint(text, &strip, "web", "", scale, 400, &width, &height);
		uint32_t *pixels =
			title_paint(text, &strip, "web", "[bank]", scale, 400, &width, &height);
		uint32_t *other =
			title_paint(text, &strip, "bank", "", scale, 400, &width, &height);
		size_t size = (size_t)width * (size_t)height * 4;
		assert_true(inked(plain, width, height, 0, width) > 60);
		assert_memory_equal(plain, pixels, size);
		assert_memory_not_equal(plain, other, size);
		/* None of it is cut off above or below. */
		for (int32_t x = 0; x < width; x++) {
			assert_int_equal(plain[x], 0xff000080);
			assert_int_equal(plain[(height - 1) * width + x], 0xff000080);
		}
		free(plain);
		free(pixels);
		free(other);
	}
	text_destroy(text);
}

/* Whatever is written and however narrow it is, nothing is written outside. */
static void test_narrow_titles(void **state)
{
	static char line[WINDOWS_TITLE_MAX + 1];
	struct error error = {0};
	struct text *text;
	int32_t width, height;

	(void)state;
	if (text_create(&text, &error) < 0)
		skip();
	memset(line, 'W', WINDOWS_TITLE_MAX);
	for (int32_t logical = 1; logical < 200; logical += 7) {
		const char *vm = "a-rather-long-name-of-a-vm";
		free(title_paint(text, &usual, vm, line, 150, logical, &width, &height));
		free(title_paint(text, &strip, vm, line, 150, logical, &width, &height));
	}
	text_destroy(text);
}

/* What has no room is the end of what is read, whichever way it is written. */
static void test_long_titles(void **state)
{
	static const char *const tails[] = {
		/* Latin; Hebrew, whose characters here have two bytes each as well */
		"abc def ghi jkl mno pqr stu vwx yza bcd efg",
		"\xd7\x90\xd7\x91\xd7\x92 \xd7\x93\xd7\x94\xd7\x95 \xd7\x96\xd7\x97\xd7\x98 "
		"\xd7\x99\xd7\x9b\xd7\x9c "
		"\xd7\x9e\xd7\xa0\xd7\xa1 \xd7\xa2\xd7\xa4\xd7\xa6 \xd7\xa7\xd7\xa8\xd7\xa9 "
		"\xd7\xaa\xd7\x90\xd7\x91",
	};
	static const char *const first[] = {"A", "\xd7\xa9"}, *const other[] = {"W", "\xd7\x95"};
	struct error error = {0};
	struct text *text;
	int32_t width, height;

	(void)state;
	if (text_create(&text, &error) < 0)
		skip();
	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		char line[200], longer[200], begun[200];
		snprintf(line, sizeof(line), "%s%s", first[i], tails[i]);
		snprintf(longer, sizeof(longer), "%s%s.txt", first[i], tails[i]);
		snprintf(begun, sizeof(begun), "%s%s", other[i], tails[i]);
		uint32_t *plain = title_paint(text, &usual, "web", line, 120, 300, &width, &height);
		uint32_t *end = title_paint(text, &usual, "web", longer, 120, 300, &width, &height);
		uint32_t *begin =
			title_paint(text, &usual, "web", begun, 120, 300, &width, &height);
		size_t size = (size_t)width * (size_t)height * 4;
		assert_memory_equal(plain, end, size);
		assert_memory_not_equal(plain, begin, size);
		free(plain);
		free(end);
		free(begin);
	}
	text_destroy(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scale_multiples),
		cmocka_unit_test(test_scale_of_outputs),
		cmocka_unit_test(test_frame_sizes),
		cmocka_unit_test(test_frame_parts),
		cmocka_unit_test(test_frame_buttons_go_before_the_label),
		cmocka_unit_test(test_strips),
		cmocka_unit_test(test_labels),
		cmocka_unit_test(test_long_labels),
		cmocka_unit_test(test_ink),
		cmocka_unit_test(test_titles),
		cmocka_unit_test(test_strip_has_the_name_alone),
		cmocka_unit_test(test_narrow_titles),
		cmocka_unit_test(test_long_titles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
