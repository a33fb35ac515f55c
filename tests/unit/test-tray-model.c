/* The tray's models, pictures and text, and what is refused of a guest: each limit on both sides.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "proto/base/colour.h"
#include "proto/base/rate.h"
#include "proto/base/text.h"
#include "tests/lib/test.h"
#include "tray/model/convert.h"
#include "tray/model/file-uri.h"
#include "tray/model/markup.h"
#include "tray/model/notify-ids.h"

static const struct colour orange = {255, 165, 0};

static void test_colour(void **state)
{
	struct colour colour;

	(void)state;
	assert_int_equal(colour_parse("orange", &colour), 0);
	assert_memory_equal(&colour, &orange, sizeof(colour));
	assert_int_equal(colour_parse("#FFa500", &colour), 0);
	assert_memory_equal(&colour, &orange, sizeof(colour));
	assert_int_equal(colour_parse("RebeccaPurple", &colour), 0);
	assert_int_equal(colour.blue, 0x99);
	static const char *const wrong[] = {
		"", "#", "#fff", "#ff00000", "#ff000g", "orang", "orange ", "0xff0000"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(colour_parse(wrong[i], &colour), UV_EINVAL);
}

static void test_strip(void **state)
{
	char out[64];

	(void)state;
	text_strip(out, sizeof(out),
		"a\033[31mb\xe2\x80\xae"
		"c\xff\td\ne",
		false);
	assert_string_equal(out, "a[31mbc d e");
	/* What nobody sees: soft hyphen, joiner, fillers, selectors, tags. */
	text_strip(out, sizeof(out),
		"a\xc2\xad"
		"b\xcd\x8f"
		"c\xe3\x85\xa4"
		"d\xef\xbe\xa0"
		"e\xef\xb8\x8f"
		"f\xe1\xa0\x8e"
		"g\xf3\xa0\x84\x80h",
		false);
	assert_string_equal(out, "abcdefgh");
	text_strip(out, sizeof(out), "one\ntwo\tthree\r", true);
	assert_string_equal(out, "one\ntwo three");
	/* Cut between characters. */
	assert_int_equal(text_strip(out, 4, "ab\xc3\xa4", false), 2);
	assert_string_equal(out, "ab");
	assert_int_equal(text_strip(out, 5, "ab\xc3\xa4", false), 4);
}

static void test_markup(void **state)
{
	char out[64];

	(void)state;
	markup_escape(out, sizeof(out), "<b>a & \"b\" 'c'</b>");
	assert_string_equal(out, "&lt;b&gt;a &amp; &quot;b&quot; &#39;c&#39;&lt;/b&gt;");
	markup_defuse(out, sizeof(out), "<b>\xc3\xa4 & c");
	assert_string_equal(out, "\xe2\x80\xb9"
				 "b\xe2\x80\xba\xc3\xa4 \xef\xbc\x86 c");
	/* Never half an entity or half a character. */
	for (size_t size = 1; size < 12; size++) {
		size_t length = markup_escape(out, size, "<<");
		assert_true(length < size && length % 4 == 0);
		length = markup_defuse(out, size, "<\xc3\xa4<");
		assert_true(length < size && text_is_utf8(out, length));
	}
}

static void test_rate(void **state)
{
	struct rate rate;

	(void)state;
	rate_init(&rate, 10, 3, 1000);
	assert_true(rate_take(&rate, 3, 1000));
	assert_false(rate_take(&rate, 1, 1000));
	assert_int_equal(rate_wait_ms(&rate, 1, 1000), 100);
	assert_false(rate_take(&rate, 1, 1099));
	assert_true(rate_take(&rate, 1, 1100));
	assert_false(rate_take(&rate, 1, 1100));
	/* Never more than the burst, whatever passed; a clock that stands still is no harm. */
	assert_false(rate_take(&rate, 4, UINT64_MAX));
	assert_true(rate_take(&rate, 3, UINT64_MAX));
	assert_false(rate_take(&rate, 1, 5));
}

static struct picture plain(uint32_t width, uint32_t height, const uint8_t pixel[4])
{
	struct picture picture = {.width = width, .height = height};

	picture.pixels = malloc((size_t)width * height * 4);
	assert_non_null(picture.pixels);
	for (size_t i = 0; i < (size_t)width * height; i++)
		memcpy(picture.pixels + i * 4, pixel, 4);
	return picture;
}

static void test_picture_limits(void **state)
{
	const size_t largest = TRAY_PICTURE_SIDE_MAX * TRAY_PICTURE_SIDE_MAX * 4;
	uint8_t *bytes = calloc(1, largest + 4 * TRAY_PICTURE_SIDE_MAX);
	const uint32_t max = TRAY_PICTURE_SIDE_MAX;
	struct picture picture;

	(void)state;
	assert_int_equal(picture_from(max, max, bytes, largest, max, &picture), 0);
	picture_finish(&picture);
	assert_int_equal(picture_from(0, 0, NULL, 0, max, &picture), 0);
	assert_true(picture_is_empty(&picture));
	assert_int_equal(picture_from(max + 1, 1, bytes, (max + 1) * 4, max, &picture), UV_EPROTO);
	assert_int_equal(picture_from(1, max + 1, bytes, (max + 1) * 4, max, &picture), UV_EPROTO);
	assert_int_equal(picture_from(2, 2, bytes, 15, max, &picture), UV_EPROTO);
	assert_int_equal(picture_from(2, 2, bytes, 17, max, &picture), UV_EPROTO);
	assert_int_equal(picture_from(0, 2, bytes, 0, max, &picture), UV_EPROTO);
	assert_int_equal(picture_from(0, 0, bytes, 4, max, &picture), UV_EPROTO);
	assert_int_equal(picture_from(65536, 65536, bytes, 0, max, &picture), UV_EPROTO);
	free(bytes);
}

static void test_picture_scale(void **state)
{
	const uint8_t red[] = {255, 255, 0, 0}, clear[] = {0, 0, 255, 0};
	struct picture picture = plain(4, 4, red), scaled;

	(void)state;
	/* Transparent pixels do not colour their neighbours. */
	for (int i = 0; i < 8; i++)
		memcpy(picture.pixels + (size_t)i * 8, clear, 4);
	assert_int_equal(picture_scale(&picture, 2, 2, &scaled), 0);
	assert_int_equal(scaled.pixels[0], 127);
	assert_int_equal(scaled.pixels[1], 255);
	assert_int_equal(scaled.pixels[2], 0);
	picture_finish(&scaled);
	for (uint32_t width = 1; width < 20; width++) {
		assert_int_equal(picture_scale(&picture, width, 21 - width, &scaled), 0);
		picture_finish(&scaled);
	}
	picture_finish(&picture);

	picture = plain(200, 50, red);
	assert_int_equal(picture_fit(&picture, 128, &scaled), 0);
	assert_int_equal(scaled.width, 128);
	assert_int_equal(scaled.height, 32);
	picture_finish(&scaled);
	assert_int_equal(picture_fit(&picture, 200, &scaled), 0);
	assert_true(picture_equal(&picture, &scaled));
	picture_finish(&scaled);
	picture_finish(&picture);
}

/* At every size, whatever the guest draws. */
static void test_picture_mark(void **state)
{
	const uint8_t red[] = {255, 255, 0, 0}, border[] = {255, 255, 165, 0};

	(void)state;
	for (uint32_t side = 8; side <= 128; side++) {
		struct picture drawn = plain(side % 7 + 200, 200, red), above = plain(9, 1, red),
			       marked;
		assert_int_equal(picture_overlay(&drawn, &above), 0);
		assert_int_equal(picture_mark(&drawn, side, orange, &marked), 0);
		uint32_t width = picture_border(side);
		assert_true(width >= 2 && width * 4 <= side);
		for (uint32_t y = 0; y < side; y++)
			for (uint32_t x = 0; x < side; x++)
				if (x < width || y < width || x >= side - width ||
					y >= side - width)
					assert_memory_equal(
						marked.pixels + (y * side + x) * 4, border, 4);
		assert_memory_equal(marked.pixels + (side / 2 * side + side / 2) * 4, red, 4);
		picture_finish(&marked);
		picture_finish(&above);
		picture_finish(&drawn);
	}
	struct picture nothing = {0}, marked;
	assert_int_equal(picture_mark(&nothing, 16, orange, &marked), 0);
	assert_memory_equal(marked.pixels + (8 * 16 + 8) * 4, border, 4);
	picture_finish(&marked);
}

/* ---- what the guest sends ---- */

static char longest[TRAY_TEXT_MAX + 2];

/* A text of this length, until the next call. */
static char *text_of(size_t length)
{
	memset(longest, 'x', sizeof(longest));
	longest[length] = '\0';
	return longest;
}

static int item_take(const Vmsilo__Tray__Item *item)
{
	struct item_state taken;
	struct error error = {0};
	int code = item_from_message(item, &taken, &error);

	assert_int_equal(code < 0, error.text[0] != '\0');
	return code;
}

static void test_item(void **state)
{
	struct item_state given = {.id = "id",
		.title = "title",
		.tooltip_title = "tip",
		.tooltip_text = "text",
		.status = ITEM_NEEDS_ATTENTION,
		.category = ITEM_HARDWARE,
		.has_menu = true};
	struct item_state taken;
	Vmsilo__Tray__Item item;

	(void)state;
	item_to_message(7, &given, &item);
	assert_int_equal(item_from_message(&item, &taken, NULL), 0);
	assert_memory_equal(&given, &taken, sizeof(given));

	struct {
		char **field;
		size_t max;
	} texts[] = {{&item.id, TRAY_ID_MAX}, {&item.title, TRAY_LABEL_MAX},
		{&item.tooltip_title, TRAY_LABEL_MAX}, {&item.tooltip_text, TRAY_TEXT_MAX}};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char *kept = *texts[i].field;
		*texts[i].field = text_of(texts[i].max);
		assert_int_equal(item_take(&item), 0);
		*texts[i].field = text_of(texts[i].max + 1);
		assert_int_equal(item_take(&item), UV_EPROTO);
		*texts[i].field = (char *)"\xff";
		assert_int_equal(item_take(&item), UV_EPROTO);
		*texts[i].field = kept;
	}
	for (int i = -1; i < 6; i++) {
		item.status = (Vmsilo__Tray__Status)i;
		assert_int_equal(item_take(&item), i >= 1 && i <= 3 ? 0 : UV_EPROTO);
		item.status = VMSILO__TRAY__STATUS__STATUS_ACTIVE;
		item.category = (Vmsilo__Tray__Category)i;
		assert_int_equal(item_take(&item), i >= 1 && i <= 4 ? 0 : UV_EPROTO);
		item.category = VMSILO__TRAY__CATEGORY__CATEGORY_HARDWARE;
	}
}

static void test_icon(void **state)
{
	const uint8_t red[] = {255, 255, 0, 0};
	struct picture picture = plain(3, 2, red), taken;
	Vmsilo__Tray__Picture room;
	Vmsilo__Tray__Icon icon;
	enum item_icon kind;

	(void)state;
	icon_to_message(7, ITEM_ICON_OVERLAY, &picture, &room, &icon);
	assert_int_equal(icon_from_message(&icon, &kind, &taken, NULL), 0);
	assert_int_equal(kind, ITEM_ICON_OVERLAY);
	assert_true(picture_equal(&picture, &taken));
	picture_finish(&taken);
	room.width = 4;
	assert_int_equal(icon_from_message(&icon, &kind, &taken, NULL), UV_EPROTO);
	room.width = 3;
	for (int i = -1; i < 6; i++) {
		icon.kind = (Vmsilo__Tray__IconKind)i;
		assert_int_equal(icon_from_message(&icon, &kind, &taken, NULL),
			i >= 1 && i <= 3 ? 0 : UV_EPROTO);
		picture_finish(&taken);
	}
	picture_finish(&picture);
}

static struct menu_message room;

static void menu_message(size_t count, Vmsilo__Tray__Menu *ret)
{
	vmsilo__tray__menu__init(ret);
	for (size_t i = 0; i < count && i < TRAY_MENU_ENTRIES_MAX; i++) {
		room.pointers[i] = &room.entries[i];
		vmsilo__tray__menu_entry__init(room.pointers[i]);
		room.entries[i].id = (int32_t)i + 1;
	}
	ret->entries = room.pointers;
	ret->n_entries = count;
}

static int menu_take(const Vmsilo__Tray__Menu *message)
{
	struct error error = {0};
	struct menu menu;
	int code = menu_from_message(message, &menu, &error);

	assert_int_equal(code < 0, error.text[0] != '\0');
	menu_finish(&menu);
	return code;
}

static void test_menu_limits(void **state)
{
	Vmsilo__Tray__Menu message;

	(void)state;
	menu_message(TRAY_MENU_ENTRIES_MAX, &message);
	assert_int_equal(menu_take(&message), 0);
	message.n_entries++;
	assert_int_equal(menu_take(&message), UV_EPROTO);

	menu_message(TRAY_MENU_DEPTH_MAX + 1, &message);
	for (uint32_t i = 1; i <= TRAY_MENU_DEPTH_MAX; i++)
		room.entries[i].parent = i;
	assert_int_equal(menu_take(&message), UV_EPROTO);
	message.n_entries--;
	assert_int_equal(menu_take(&message), 0);

	menu_message(3, &message);
	room.entries[1].parent = 2; /* itself */
	assert_int_equal(menu_take(&message), UV_EPROTO);
	room.entries[1].parent = 3;
	assert_int_equal(menu_take(&message), UV_EPROTO);
	room.entries[1].parent = 1;
	assert_int_equal(menu_take(&message), 0);
	room.entries[2].id = 1;
	assert_int_equal(menu_take(&message), UV_EPROTO);
	room.entries[2].id = 0;
	assert_int_equal(menu_take(&message), UV_EPROTO);
	room.entries[2].id = -5;
	assert_int_equal(menu_take(&message), 0);

	room.entries[2].label = text_of(TRAY_LABEL_MAX);
	assert_int_equal(menu_take(&message), 0);
	room.entries[2].label = text_of(TRAY_LABEL_MAX + 1);
	assert_int_equal(menu_take(&message), UV_EPROTO);
	room.entries[2].label = (char *)"";
	room.entries[2].toggle = (Vmsilo__Tray__ToggleKind)3;
	assert_int_equal(menu_take(&message), UV_EPROTO);
	room.entries[2].toggle = VMSILO__TRAY__TOGGLE_KIND__TOGGLE_RADIO;
	room.entries[2].state = (Vmsilo__Tray__ToggleState)-1;
	assert_int_equal(menu_take(&message), UV_EPROTO);
	room.entries[2].state = VMSILO__TRAY__TOGGLE_STATE__TOGGLE_ON;
	room.entries[2].kind = (Vmsilo__Tray__EntryKind)2;
	assert_int_equal(menu_take(&message), UV_EPROTO);

	uint8_t *pixels = calloc(TRAY_MENU_ICON_SIDE_MAX + 1, 4);
	menu_message(1, &message);
	room.entries[0].icon = &room.pictures[0];
	vmsilo__tray__picture__init(&room.pictures[0]);
	room.pictures[0].width = TRAY_MENU_ICON_SIDE_MAX;
	room.pictures[0].height = 1;
	room.pictures[0].pixels.data = pixels;
	room.pictures[0].pixels.len = (size_t)TRAY_MENU_ICON_SIDE_MAX * 4;
	assert_int_equal(menu_take(&message), 0);
	room.pictures[0].width++;
	room.pictures[0].pixels.len += 4;
	assert_int_equal(menu_take(&message), UV_EPROTO);
	free(pixels);
}

static void test_menu_model(void **state)
{
	struct menu menu = {0}, copy;
	Vmsilo__Tray__Menu message;

	(void)state;
	for (int i = 0; i < 20; i++) {
		struct menu_entry *entry = menu_add(&menu, i % 2 ? "odd" : "even");
		entry->id = 100 + i;
		entry->parent = i > 10 ? 3 : 0;
		entry->toggle = MENU_TOGGLE_CHECK;
		entry->state = MENU_STATE_ON;
	}
	vmsilo__tray__menu__init(&message);
	message.n_entries = menu_to_message(&menu, &room);
	message.entries = room.pointers;
	assert_int_equal(menu_from_message(&message, &copy, NULL), 0);
	assert_true(menu_same_shape(&menu, &copy));
	for (size_t i = 0; i < menu.count; i++)
		assert_true(menu_entry_equal(&menu.entries[i], &copy.entries[i]));
	assert_int_equal(menu_find(&copy, 119), 19);
	assert_int_equal(menu_find(&copy, 120), -1);

	copy.entries[4].state = MENU_STATE_OFF;
	assert_false(menu_entry_equal(&menu.entries[4], &copy.entries[4]));
	menu_entry_update(&menu.entries[4], &copy.entries[4]);
	assert_int_equal(menu.entries[4].state, MENU_STATE_OFF);
	assert_string_equal(menu.entries[4].label, "even");
	copy.entries[4].parent = 1;
	assert_false(menu_same_shape(&menu, &copy));
	menu_finish(&copy);
	menu_finish(&menu);
}

static int notify_take(const Vmsilo__Tray__Notify *notify)
{
	struct notification taken;
	struct error error = {0};
	int code = notification_from_message(notify, &taken, &error);

	assert_int_equal(code < 0, error.text[0] != '\0');
	notification_finish(&taken);
	return code;
}

static void test_notification(void **state)
{
	static struct notification given = {.id = 3,
		.app_name = "app",
		.summary = "summary",
		.body = "body",
		.category = "im.received",
		.actions_count = TRAY_ACTIONS_MAX,
		.urgency = 2,
		.expire_ms = -1,
		.transient = true,
		.progress = 101};
	static struct notification_message message;
	static struct notification taken;

	(void)state;
	strcpy(given.actions[0].key, "app.reply:7");
	notification_to_message(&given, &message);
	assert_int_equal(notification_from_message(&message.notify, &taken, NULL), 0);
	assert_memory_equal(&given, &taken, sizeof(given));

	message.notify.n_actions = TRAY_ACTIONS_MAX + 1;
	assert_int_equal(notify_take(&message.notify), UV_EPROTO);
	message.notify.n_actions = 1;
	struct {
		char **field;
		size_t max;
	} texts[] = {{&message.notify.app_name, TRAY_LABEL_MAX},
		{&message.notify.summary, TRAY_LABEL_MAX}, {&message.notify.body, TRAY_TEXT_MAX},
		{&message.notify.category, TRAY_ID_MAX}, {&message.actions[0].key, TRAY_LABEL_MAX},
		{&message.actions[0].label, TRAY_LABEL_MAX}};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char *kept = *texts[i].field;
		*texts[i].field = text_of(texts[i].max);
		assert_int_equal(notify_take(&message.notify), 0);
		*texts[i].field = text_of(texts[i].max + 1);
		assert_int_equal(notify_take(&message.notify), UV_EPROTO);
		*texts[i].field = kept;
	}
	message.notify.progress = 102;
	assert_int_equal(notify_take(&message.notify), UV_EPROTO);
	message.notify.progress = 0;
	message.notify.urgency = (Vmsilo__Tray__Urgency)3;
	assert_int_equal(notify_take(&message.notify), UV_EPROTO);
	message.notify.urgency = VMSILO__TRAY__URGENCY__URGENCY_LOW;
	message.notify.expire_ms = -2;
	assert_int_equal(notify_take(&message.notify), UV_EPROTO);
	message.notify.expire_ms = 0;
	assert_int_equal(notify_take(&message.notify), 0);
	message.notify.id = 0;
	assert_int_equal(notify_take(&message.notify), UV_EPROTO);
}

static void test_capabilities(void **state)
{
	(void)state;
	assert_true(notification_capability_passes("actions"));
	assert_true(notification_capability_passes("body"));
	assert_false(notification_capability_passes("body-markup"));
	assert_false(notification_capability_passes("body-images"));
	assert_false(notification_capability_passes("sound"));
	assert_false(notification_capability_passes(""));
}

static void test_notify_ids(void **state)
{
	struct notify_ids ids = {0};
	char app_name[16], tag[NOTIFY_TAG_SIZE + 8];

	(void)state;
	assert_int_equal(notify_ids_choose(&ids, 0, "a", ""), 1);
	assert_int_equal(notify_ids_choose(&ids, 4, "a", ""), 4);
	assert_int_equal(notify_ids_choose(&ids, 0, "a", ""), 2);
	assert_int_equal(notify_ids_choose(&ids, 1, "b", ""), 1);
	assert_int_equal(notify_ids_choose(&ids, 0, "a", ""), 3);
	assert_int_equal(notify_ids_choose(&ids, 0, "a", ""), 5); /* 4 is a program's */
	assert_int_equal(notify_ids_choose(&ids, 0, "a", "volume"), 6);
	assert_int_equal(notify_ids_choose(&ids, 0, "a", "volume"), 6);
	assert_int_equal(notify_ids_choose(&ids, 0, "b", "volume"), 7);
	assert_int_equal(notify_ids_choose(&ids, 9, "a", "volume"), 9);
	assert_int_equal(notify_ids_choose(&ids, 0, "a", "volume"), 9);
	/* As many tags as are remembered, and one more. */
	for (int i = 0; i < NOTIFY_TAGS_MAX; i++) {
		snprintf(app_name, sizeof(app_name), "app %d", i);
		notify_ids_choose(&ids, 0, app_name, "t");
	}
	uint32_t last = notify_ids_choose(&ids, 0, "app 0", "t");
	assert_int_not_equal(notify_ids_choose(&ids, 0, "a", "volume"), 9);
	assert_int_not_equal(notify_ids_choose(&ids, 0, "app 0", "t"), last);
	/* A tag is told apart by what is kept of it. */
	memset(tag, 'x', sizeof(tag));
	tag[NOTIFY_TAG_SIZE - 1] = '\0';
	last = notify_ids_choose(&ids, 0, "a", tag);
	assert_int_equal(notify_ids_choose(&ids, 0, "a", tag), last);
	/* The numbers end, and begin again without 0. */
	ids.last = UINT32_MAX - 1;
	assert_int_equal(notify_ids_choose(&ids, 0, "a", ""), UINT32_MAX);
	assert_int_equal(notify_ids_choose(&ids, 0, "a", ""), 1);
}

static void test_file_uri(void **state)
{
	static const char *const right[][2] = {{"file:///a%20b", "/a b"},
		{"file://localhost/a", "/a"}, {"file:/a", "/a"},
		{"FILE://LocalHost/%41%2f%c3%a4", "/A/\xc3\xa4"}, {"file:////a", "//a"}};
	static const char *const wrong[] = {"", "/a", "file:", "file:a", "file://", "file://host/a",
		"file://localhosts/a", "http:///a", "file:///%", "file:///%4", "file:///%4g",
		"file:///a%00b"};
	char path[FILE_URI_PATH_SIZE], uri[FILE_URI_PATH_SIZE + 16] = "file://";

	(void)state;
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		assert_true(file_uri_parse(right[i][0], path));
		assert_string_equal(path, right[i][1]);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(file_uri_parse(wrong[i], path));
	memset(uri + 7, '/', FILE_URI_PATH_SIZE - 1);
	assert_true(file_uri_parse(uri, path));
	assert_int_equal(strlen(path), FILE_URI_PATH_SIZE - 1);
	uri[strlen(uri)] = '/';
	assert_false(file_uri_parse(uri, path));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_colour),
		cmocka_unit_test(test_strip),
		cmocka_unit_test(test_markup),
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_picture_limits),
		cmocka_unit_test(test_picture_scale),
		cmocka_unit_test(test_picture_mark),
		cmocka_unit_test(test_item),
		cmocka_unit_test(test_icon),
		cmocka_unit_test(test_menu_limits),
		cmocka_unit_test(test_menu_model),
		cmocka_unit_test(test_notification),
		cmocka_unit_test(test_capabilities),
		cmocka_unit_test(test_notify_ids),
		cmocka_unit_test(test_file_uri),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
