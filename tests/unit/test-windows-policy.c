/* What is decided about programs' windows and data: X11's places and helpers, what may cross, whose
 * serial is whose, what a host may say of itself, what of X11's drags Wayland programs see. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"
#include "tests/lib/test.h"
#include "tray/windows/guest/policy/clip-kind.h"
#include "tray/windows/guest/policy/serials.h"
#include "tray/windows/guest/policy/x11-policy.h"
#include "tray/windows/guest/policy/xdnd-message.h"
#include "tray/windows/guest/stream/settings.h"

static void small_and_far_windows_are_helpers(void **state)
{
	(void)state;
	assert_true(x11_is_helper(&(const struct x11_box){10, 10, 1, 1}, 1000, 800));
	assert_true(x11_is_helper(&(const struct x11_box){10, 10, 3, 50}, 1000, 800));
	assert_false(x11_is_helper(&(const struct x11_box){10, 10, 4, 4}, 1000, 800));
	assert_true(x11_is_helper(&(const struct x11_box){-100, 10, 100, 50}, 1000, 800));
	assert_false(x11_is_helper(&(const struct x11_box){-99, 10, 100, 50}, 1000, 800));
	assert_true(x11_is_helper(&(const struct x11_box){1000, 10, 100, 50}, 1000, 800));
	assert_false(x11_is_helper(&(const struct x11_box){999, 799, 100, 50}, 1000, 800));
	assert_true(x11_is_helper(&(const struct x11_box){10, 800, 100, 50}, 1000, 800));
}

/* A window of the user's screen's size, at any place, has a good part of one around it. */
static void places_differ_and_have_room(void **state)
{
	static const int32_t sides[] = {640, 1080, 3840};
	int32_t x, y, before_x = 0, before_y = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(sides) / sizeof(*sides); i++)
		for (unsigned int number = 0; number < 100; number++) {
			x11_place(number, 3 * sides[i], 3 * sides[i], &x, &y);
			assert_true(x >= sides[i] && x + sides[i] <= 3 * sides[i]);
			assert_true(y >= sides[i] && y + sides[i] <= 3 * sides[i]);
			assert_true(x != before_x && y != before_y);
			before_x = x;
			before_y = y;
		}
}

static void windows_of_one_program_are_known(void **state)
{
	(void)state;
	assert_true(x11_same_program(0x00400001, 0x0040abcd));
	assert_false(x11_same_program(0x00400001, 0x00600001));
}

static const char *chosen(
	const char *first, const char *second, Vmsilo__Windows__ClipboardKind *kind)
{
	char *offered[] = {(char *)first, (char *)second};

	return clip_kind_choose(offered, 2, kind);
}

static void text_comes_before_pictures(void **state)
{
	Vmsilo__Windows__ClipboardKind kind;

	(void)state;
	assert_string_equal(chosen("image/png", "text/plain", &kind), "text/plain");
	assert_int_equal(kind, VMSILO__WINDOWS__CLIPBOARD_KIND__CLIPBOARD_TEXT);
	assert_string_equal(chosen("STRING", "UTF8_STRING", &kind), "UTF8_STRING");
	assert_string_equal(chosen("text/html", "image/png", &kind), "image/png");
	assert_int_equal(kind, VMSILO__WINDOWS__CLIPBOARD_KIND__CLIPBOARD_PNG);
	assert_null(chosen("text/html", "application/x-secret", &kind));
	assert_int_equal(kind, VMSILO__WINDOWS__CLIPBOARD_KIND__CLIPBOARD_NOTHING);
	assert_null(clip_kind_choose(NULL, 0, &kind));
}

static void content_obeys_the_newest_serial_before_it(void **state)
{
	struct serials serials = {0};

	(void)state;
	assert_int_equal(serials_host(&serials, 5), 0);
	serials_add(&serials, 10, 1);
	serials_add(&serials, 20, 2);
	assert_int_equal(serials_host(&serials, 9), 0);
	assert_int_equal(serials_host(&serials, 10), 1);
	assert_int_equal(serials_host(&serials, 19), 1);
	assert_int_equal(serials_host(&serials, 25), 2);
	for (uint32_t i = 0; i < SERIALS_KEPT; i++)
		serials_add(&serials, 100 + i, 50 + i);
	assert_int_equal(serials_host(&serials, 99), 0);
	assert_int_equal(serials_host(&serials, 100), 50);
	/* Wayland's go around. */
	serials_add(&serials, UINT32_MAX, 80);
	serials_add(&serials, 3, 81);
	assert_int_equal(serials_host(&serials, 1), 80);
	assert_int_equal(serials_host(&serials, 4), 81);
}

static bool valid_with(void (*change)(Vmsilo__Windows__Settings *settings))
{
	Vmsilo__Windows__Settings settings = VMSILO__WINDOWS__SETTINGS__INIT;
	Vmsilo__Windows__Output output = VMSILO__WINDOWS__OUTPUT__INIT;
	Vmsilo__Windows__Output *outputs[WINDOWS_OUTPUTS_MAX + 1];

	for (size_t i = 0; i <= WINDOWS_OUTPUTS_MAX; i++)
		outputs[i] = &output;
	output.width = 1920;
	output.height = 1080;
	output.scale = WINDOWS_SCALE_ONE;
	settings.windows = WINDOWS_MAX;
	settings.pixels = WINDOWS_PIXELS_MAX;
	settings.shared = WINDOWS_SHARED_MAX;
	settings.clipboard_bytes = WINDOWS_CLIPBOARD_MAX;
	settings.outputs = outputs;
	settings.n_outputs = WINDOWS_OUTPUTS_MAX;
	if (change)
		change(&settings);
	return settings_valid(&settings);
}

static void more_windows(Vmsilo__Windows__Settings *settings)
{
	settings->windows++;
}

static void more_pixels(Vmsilo__Windows__Settings *settings)
{
	settings->pixels++;
}

static void more_shared(Vmsilo__Windows__Settings *settings)
{
	settings->shared++;
}

static void more_clipboard(Vmsilo__Windows__Settings *settings)
{
	settings->clipboard_bytes++;
}

static void more_outputs(Vmsilo__Windows__Settings *settings)
{
	settings->n_outputs++;
}

static void less_scale(Vmsilo__Windows__Settings *settings)
{
	settings->outputs[0]->scale--;
}

static void more_scale(Vmsilo__Windows__Settings *settings)
{
	settings->outputs[0]->scale = WINDOWS_SCALE_MAX + 1;
}

static void no_size(Vmsilo__Windows__Settings *settings)
{
	settings->outputs[0]->height = 0;
}

static void a_host_stays_in_bounds(void **state)
{
	void (*const changes[])(Vmsilo__Windows__Settings *) = {more_windows, more_pixels,
		more_shared, more_clipboard, more_outputs, less_scale, more_scale, no_size};

	(void)state;
	assert_true(valid_with(NULL));
	for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++)
		assert_false(valid_with(changes[i]));
}

/* ---- XDND ---- */

static void sources_speak_our_versions(void **state)
{
	uint32_t words[XDND_WORDS] = {0x400001, 0, 7, 0, 9};
	struct xdnd_enter enter;

	(void)state;
	for (uint32_t version = 0; version < 256; version++) {
		words[1] = version << 24;
		assert_int_equal(xdnd_enter_read(words, &enter),
			version >= XDND_VERSION_MIN && version <= XDND_VERSION);
	}
	words[1] = (uint32_t)XDND_VERSION << 24;
	assert_true(xdnd_enter_read(words, &enter));
	assert_int_equal(enter.window, 0x400001);
	assert_false(enter.listed);
	assert_int_equal(enter.count, 2);
	assert_int_equal(enter.types[0], 7);
	assert_int_equal(enter.types[1], 9);
	words[1] |= 1;
	assert_true(xdnd_enter_read(words, &enter) && enter.listed);
	words[0] = 0;
	assert_false(xdnd_enter_read(words, &enter));
}

static void add(struct xdnd_types *types, uint32_t atom, const char *name)
{
	xdnd_types_add(types, atom, name, strlen(name));
}

static void types_are_names(void **state)
{
	struct xdnd_types *types = calloc(1, sizeof(*types));
	char longest[XDND_TYPE_MAX + 2];

	(void)state;
	assert_non_null(types);
	memset(longest, 'x', sizeof(longest));
	longest[XDND_TYPE_MAX + 1] = '\0';
	add(types, 1, "");
	add(types, 2, "text/\n");
	add(types, 3, "text/\xc3\xa4");
	xdnd_types_add(types, 4, "a\0b", 3);
	add(types, 5, longest);
	assert_int_equal(types->count, 0);
	add(types, 6, longest + 1);
	add(types, 7, "text/uri-list");
	add(types, 8, "text/uri-list");
	assert_int_equal(types->count, 2);
	assert_int_equal(xdnd_types_find(types, longest + 1), 6);
	assert_int_equal(xdnd_types_find(types, "text/uri-list"), 7);
	assert_int_equal(xdnd_types_find(types, "text/uri-lis"), 0);
	assert_int_equal(xdnd_types_find(types, ""), 0);
	free(types);
}

static void types_have_a_bound(void **state)
{
	struct xdnd_types *types = calloc(1, sizeof(*types));
	char name[16];

	(void)state;
	assert_non_null(types);
	for (unsigned int i = 0; i < XDND_TYPES_MAX + 8; i++) {
		snprintf(name, sizeof(name), "x/%u", i);
		add(types, i + 1, name);
	}
	xdnd_types_complete(types);
	assert_int_equal(types->count, XDND_TYPES_MAX);
	snprintf(name, sizeof(name), "x/%d", XDND_TYPES_MAX - 1);
	assert_int_equal(xdnd_types_find(types, name), XDND_TYPES_MAX);
	snprintf(name, sizeof(name), "x/%d", XDND_TYPES_MAX);
	assert_int_equal(xdnd_types_find(types, name), 0);
	free(types);
}

static void text_of_x11_has_names_of_wayland(void **state)
{
	struct xdnd_types *types = calloc(1, sizeof(*types));

	(void)state;
	assert_non_null(types);
	add(types, 1, "text/plain");
	xdnd_types_complete(types);
	assert_int_equal(types->count, 1);
	add(types, 2, "UTF8_STRING");
	xdnd_types_complete(types);
	assert_int_equal(xdnd_types_find(types, "text/plain;charset=utf-8"), 2);
	assert_int_equal(xdnd_types_find(types, "text/plain"), 1);
	free(types);
}

static void who_asks_has_something_to_ask(void **state)
{
	(void)state;
	assert_int_equal(xdnd_actions(0, 0), 0);
	assert_int_equal(xdnd_actions(XDND_MOVE, 0), XDND_MOVE);
	assert_int_equal(xdnd_actions(XDND_COPY, XDND_MOVE), XDND_COPY | XDND_MOVE);
	assert_int_equal(xdnd_actions(XDND_ASK, 0), XDND_ASK | XDND_COPY);
	assert_int_equal(xdnd_actions(XDND_ASK, XDND_ASK), XDND_ASK | XDND_COPY);
	assert_int_equal(xdnd_actions(XDND_ASK, XDND_MOVE), XDND_ASK | XDND_MOVE);
}

static void an_xwayland_that_fails_time_after_time(void **state)
{
	struct x11_ends ends = {0};
	uint64_t now = 1000;

	(void)state;
	for (int i = 0; i < X11_ENDS_MAX; i++)
		assert_int_equal(x11_pause(&ends, now++), 0);
	for (uint64_t pause = X11_PAUSE_MS; pause < X11_PAUSE_MAX_MS; pause *= 2)
		assert_int_equal(x11_pause(&ends, now), pause);
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(x11_pause(&ends, now), X11_PAUSE_MAX_MS);
		now += X11_ENDS_MS - 1;
	}
	now++;
	assert_int_equal(x11_pause(&ends, now), 0);
	assert_int_equal(ends.count, 1);
}

static void titles_of_old_programs_are_latin1(void **state)
{
	static char title[2 * WINDOWS_TITLE_MAX], out[WINDOWS_TITLE_MAX + 1];
	static const char *const known[][2] = {
		{"plain", "plain"},
		{"gr\xfcn", "gr\xc3\xbcn"},
		{"gr\xc3\xbcn", "gr\xc3\xbcn"},
		{"a\nb\x1b[0m\xff", "a b[0m\xc3\xbf"},
		{"\xe9\x85\x9b", "\xe9\x85\x9b"}, /* it is UTF-8 */
		{"\x9b", ""},                     /* a control of C1 */
		{"", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		x11_title(out, sizeof(out), known[i][0]);
		assert_string_equal(out, known[i][1]);
	}
	memset(title, 0xfc, sizeof(title) - 1);
	x11_title(out, sizeof(out), title);
	assert_int_equal(strlen(out), WINDOWS_TITLE_MAX / 2 * 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_xwayland_that_fails_time_after_time),
		cmocka_unit_test(small_and_far_windows_are_helpers),
		cmocka_unit_test(places_differ_and_have_room),
		cmocka_unit_test(windows_of_one_program_are_known),
		cmocka_unit_test(titles_of_old_programs_are_latin1),
		cmocka_unit_test(text_comes_before_pictures),
		cmocka_unit_test(content_obeys_the_newest_serial_before_it),
		cmocka_unit_test(a_host_stays_in_bounds),
		cmocka_unit_test(sources_speak_our_versions),
		cmocka_unit_test(types_are_names),
		cmocka_unit_test(types_have_a_bound),
		cmocka_unit_test(text_of_x11_has_names_of_wayland),
		cmocka_unit_test(who_asks_has_something_to_ask),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
