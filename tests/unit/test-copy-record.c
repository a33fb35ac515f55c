/* A copy's records and the rules of their order: each limit on both sides. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "proto/copy/path.h"
#include "proto/copy/record.h"
#include "proto/copy/rules.h"
#include "tests/lib/test.h"

static uint8_t buffer[COPY_RECORD_MAX + 16];

static struct copy_span span(const void *bytes, size_t length)
{
	return (struct copy_span){.bytes = bytes, .length = length};
}

static struct copy_span text(const char *bytes)
{
	return span(bytes, strlen(bytes));
}

/* Encodes, decodes, and gives back what came out, or fails. */
static struct copy_record there_and_back(const struct copy_record *record)
{
	struct copy_record ret;
	size_t length = copy_record_encode(buffer, record);

	for (size_t i = 0; i < length; i++)
		assert_int_equal(copy_record_decode(buffer, i, &ret), 0);
	assert_int_equal(copy_record_decode(buffer, length + 3, &ret), length);
	assert_int_equal(ret.type, record->type);
	return ret;
}

static void test_fields(void **state)
{
	struct copy_record record = {.type = COPY_BEGIN, .version = 7, .items = COPY_ITEMS_MAX};

	(void)state;
	struct copy_record back = there_and_back(&record);
	assert_int_equal(back.version, 7);
	assert_int_equal(back.items, COPY_ITEMS_MAX);

	record = (struct copy_record){.type = COPY_FILE,
		.mode = 0640,
		.seconds = -5,
		.nanoseconds = 999999999,
		.name = text("name")};
	back = there_and_back(&record);
	assert_int_equal(back.mode, 0640);
	assert_int_equal(back.seconds, -5);
	assert_int_equal(back.nanoseconds, 999999999);
	assert_int_equal(back.name.length, 4);
	assert_memory_equal(back.name.bytes, "name", 4);

	record = (struct copy_record){
		.type = COPY_LINK, .seconds = 1, .name = text("link"), .body = text("to/it")};
	back = there_and_back(&record);
	assert_memory_equal(back.name.bytes, "link", 4);
	assert_int_equal(back.body.length, 5);
	assert_memory_equal(back.body.bytes, "to/it", 5);

	record = (struct copy_record){.type = COPY_DONE, .done = {1, 2, 3, 4, 5}};
	back = there_and_back(&record);
	assert_int_equal(back.done.bytes, 1);
	assert_int_equal(back.done.files, 2);
	assert_int_equal(back.done.folders, 3);
	assert_int_equal(back.done.links, 4);
	assert_int_equal(back.done.skipped, 5);
}

/* What the encoder would not write: a body of so many bytes, all of this value. */
static int64_t decode_raw(uint8_t type, uint32_t length, uint8_t value)
{
	struct copy_record ret;

	memset(buffer, value, sizeof(buffer));
	for (int i = 0; i < 4; i++)
		buffer[i] = (uint8_t)(length >> (8 * i));
	buffer[4] = type;
	return copy_record_decode(buffer, sizeof(buffer), &ret);
}

static void test_lengths(void **state)
{
	(void)state;
	assert_int_equal(decode_raw(0, 0, 0), UV_EPROTO);
	assert_int_equal(decode_raw(COPY_END + 5, 0, 0), UV_EPROTO);
	assert_int_equal(decode_raw(COPY_END, 0, 0), COPY_HEADER_SIZE);
	assert_int_equal(decode_raw(COPY_END, 1, 0), UV_EPROTO);
	assert_int_equal(decode_raw(COPY_DATA, 0, 0), UV_EPROTO);
	assert_int_equal(decode_raw(COPY_DATA, 1, 0), COPY_HEADER_SIZE + 1);
	assert_int_equal(decode_raw(COPY_DATA, COPY_DATA_MAX, 0), COPY_HEADER_SIZE + COPY_DATA_MAX);
	assert_int_equal(decode_raw(COPY_DATA, COPY_DATA_MAX + 1, 0), UV_EPROTO);
	assert_int_equal(decode_raw(COPY_DATA, UINT32_MAX, 0), UV_EPROTO);
	assert_int_equal(decode_raw(COPY_GO, COPY_ITEMS_MAX, 0), COPY_HEADER_SIZE + COPY_ITEMS_MAX);
	assert_int_equal(decode_raw(COPY_GO, COPY_ITEMS_MAX + 1, 0), UV_EPROTO);
	assert_int_equal(
		decode_raw(COPY_ERROR, COPY_TEXT_MAX, 0), COPY_HEADER_SIZE + COPY_TEXT_MAX);
	assert_int_equal(decode_raw(COPY_ERROR, COPY_TEXT_MAX + 1, 0), UV_EPROTO);
	/* Time, a name of no length, and the target. */
	assert_int_equal(decode_raw(COPY_LINK, 13 + COPY_TARGET_MAX, 0),
		COPY_HEADER_SIZE + 13 + COPY_TARGET_MAX);
	assert_int_equal(decode_raw(COPY_LINK, 14 + COPY_TARGET_MAX, 0), UV_EPROTO);
	assert_int_equal(decode_raw(COPY_LINK, 13, 0), UV_EPROTO);
	/* A name that says to be longer than the record, and one that is shorter. */
	assert_int_equal(decode_raw(COPY_ITEM, 5, 0), COPY_HEADER_SIZE + 5);
	assert_int_equal(decode_raw(COPY_ITEM, 6, 0), UV_EPROTO);
	assert_int_equal(decode_raw(COPY_FOLDER, 17, 1), UV_EPROTO);
	/* The header tells, before the body has come. */
	struct copy_record ret;
	const uint8_t header[COPY_HEADER_SIZE] = {0xff, 0xff, 0xff, 0x7f, COPY_DATA};
	assert_int_equal(copy_record_decode(header, sizeof(header), &ret), UV_EPROTO);
}

static bool decodes(const struct copy_record *record)
{
	struct copy_record ret;

	return copy_record_decode(buffer, copy_record_encode(buffer, record), &ret) > 0;
}

static void test_numbers(void **state)
{
	struct copy_record record = {.type = COPY_FILE, .mode = COPY_MODE_MAX};

	(void)state;
	assert_true(decodes(&record));
	record.mode = 04755;
	assert_false(decodes(&record));
	record.mode = 01000;
	assert_false(decodes(&record));
	record.mode = 0;
	record.nanoseconds = 1000000000;
	assert_false(decodes(&record));
	record.nanoseconds = 0;
	record.seconds = COPY_TIME_MAX;
	assert_true(decodes(&record));
	record.seconds++;
	assert_false(decodes(&record));
	record.seconds = -COPY_TIME_MAX;
	assert_true(decodes(&record));
	record.seconds--;
	assert_false(decodes(&record));
	record = (struct copy_record){.type = COPY_HOLE, .size = INT64_MAX};
	assert_int_equal(there_and_back(&record).size, INT64_MAX);
	record.size++;
	assert_false(decodes(&record));
	record = (struct copy_record){.type = COPY_ITEM, .is_folder = 2};
	assert_false(decodes(&record));
	record = (struct copy_record){.type = COPY_BEGIN, .items = COPY_ITEMS_MAX + 1};
	assert_false(decodes(&record));
}

static bool name_is_allowed(const char *name)
{
	return copy_name_is_allowed(name, strlen(name));
}

static void test_names(void **state)
{
	char name[COPY_NAME_MAX + 2] = "";

	(void)state;
	assert_false(name_is_allowed(""));
	assert_false(name_is_allowed("."));
	assert_false(name_is_allowed(".."));
	assert_true(name_is_allowed("..."));
	assert_true(name_is_allowed("..a"));
	assert_true(name_is_allowed(".a"));
	assert_true(name_is_allowed("a b:c\\*~"));
	assert_true(name_is_allowed("\xff\xfe")); /* no UTF-8 */
	assert_false(name_is_allowed("a/b"));
	assert_false(name_is_allowed("/"));
	assert_false(name_is_allowed("a\nb"));
	assert_false(name_is_allowed("\x1b[2J"));
	assert_false(name_is_allowed("a\x7f"));
	assert_false(copy_name_is_allowed("a\0b", 3));
	assert_false(name_is_allowed("a\xc2\x9b"));
	assert_false(name_is_allowed("a\x9b"));
	assert_true(name_is_allowed("a\xe9"));                /* Latin 1 */
	assert_true(name_is_allowed("\xc3\xa9\xe2\x80\x8d")); /* with a joiner, as emoji have */
	assert_false(name_is_allowed("a\xe2\x80\xae"));       /* right to left */
	assert_false(name_is_allowed("a\xe2\x81\xa6"));
	assert_false(name_is_allowed("a\xe2\x80\xa8")); /* another line */
	memset(name, 'n', COPY_NAME_MAX);
	assert_true(name_is_allowed(name));
	assert_false(copy_name_is_allowed(name, COPY_NAME_MAX + 1));
}

static bool link_is_allowed(const char *target, uint32_t depth)
{
	return copy_link_is_allowed(target, strlen(target), depth);
}

static void test_links(void **state)
{
	char target[COPY_TARGET_MAX + 2];

	(void)state;
	assert_true(link_is_allowed("a", 0));
	assert_true(link_is_allowed("a/b/./c", 0));
	assert_true(link_is_allowed("a//b/", 0));
	assert_true(link_is_allowed(".", 0));
	assert_true(link_is_allowed("../a", 1));
	assert_true(link_is_allowed("./../../a/b", 2));
	assert_true(link_is_allowed("..", 1));
	assert_false(link_is_allowed("", 0));
	assert_false(link_is_allowed("/", 5));
	assert_false(link_is_allowed("/etc/passwd", 5));
	assert_false(link_is_allowed("..", 0));
	assert_false(link_is_allowed("../../a", 1));
	/* "sub" could be a link that goes up itself. */
	assert_false(link_is_allowed("sub/../a", 5));
	assert_false(link_is_allowed("../sub/..", 5));
	assert_false(link_is_allowed("a\nb", 0));
	assert_false(copy_link_is_allowed("a\0/..", 5, 0));
	memset(target, '.', sizeof(target));
	for (size_t i = 0; i < sizeof(target); i += 2)
		target[i] = 'n';
	for (size_t i = 200; i < sizeof(target); i += 200)
		target[i] = '/';
	assert_true(copy_link_is_allowed(target, COPY_TARGET_MAX, 0));
	assert_false(copy_link_is_allowed(target, COPY_TARGET_MAX + 1, 0));
}

/* ---- the order ---- */

static const char *feed(struct copy_rules *rules, enum copy_type type)
{
	const struct copy_record record = {.type = type,
		.version = COPY_VERSION,
		.items = 2,
		.size = 1,
		.name = text("name"),
		.body = text("x")};

	return copy_rules_feed(rules, &record);
}

static void rules_at_tree(struct copy_rules *rules, uint32_t wanted)
{
	copy_rules_init(rules);
	assert_null(feed(rules, COPY_BEGIN));
	assert_null(feed(rules, COPY_ITEM));
	assert_int_equal(rules->phase, COPY_PHASE_ITEMS);
	assert_null(feed(rules, COPY_ITEM));
	assert_int_equal(rules->phase, COPY_PHASE_CHOOSING);
	assert_non_null(feed(rules, COPY_FILE)); /* before it was told */
	copy_rules_go(rules, wanted);
}

static void test_order(void **state)
{
	struct copy_rules rules;

	(void)state;
	for (int type = 0; type <= COPY_ERROR; type++) {
		copy_rules_init(&rules);
		if (type != COPY_BEGIN)
			assert_non_null(feed(&rules, (enum copy_type)type));
		rules_at_tree(&rules, 2);
		assert_null(feed(&rules, COPY_FILE));
		if (type != COPY_DATA && type != COPY_HOLE && type != COPY_FILE_END)
			assert_non_null(feed(&rules, (enum copy_type)type));
	}
	rules_at_tree(&rules, 2);
	assert_non_null(feed(&rules, COPY_FOLDER_END));
	assert_non_null(feed(&rules, COPY_LINK)); /* by itself */
	assert_non_null(feed(&rules, COPY_DATA));
	assert_non_null(feed(&rules, COPY_FILE_END));
	assert_non_null(feed(&rules, COPY_GO));
	assert_null(feed(&rules, COPY_FOLDER));
	assert_null(feed(&rules, COPY_LINK));
	assert_null(feed(&rules, COPY_FILE));
	assert_null(feed(&rules, COPY_DATA));
	assert_non_null(feed(&rules, COPY_SKIPPED));
	assert_null(feed(&rules, COPY_FILE_END));
	assert_null(feed(&rules, COPY_SKIPPED));
	assert_non_null(feed(&rules, COPY_DATA));
	assert_non_null(feed(&rules, COPY_END));
	assert_null(feed(&rules, COPY_FOLDER_END));
	assert_non_null(feed(&rules, COPY_END)); /* one item is missing */
	assert_null(feed(&rules, COPY_FILE));
	assert_null(feed(&rules, COPY_HOLE));
	assert_null(feed(&rules, COPY_FILE_END));
	assert_non_null(feed(&rules, COPY_FILE)); /* one more than was wanted */
	assert_non_null(feed(&rules, COPY_FOLDER));
	assert_null(feed(&rules, COPY_END));
	assert_int_equal(rules.phase, COPY_PHASE_ENDED);
	assert_non_null(feed(&rules, COPY_END));
}

static void test_begin(void **state)
{
	struct copy_record record = {.type = COPY_BEGIN, .version = COPY_VERSION + 1, .items = 1};
	struct copy_rules rules;

	(void)state;
	copy_rules_init(&rules);
	assert_non_null(copy_rules_feed(&rules, &record));
	record.version = COPY_VERSION;
	record.items = 0;
	assert_non_null(copy_rules_feed(&rules, &record));
	record.items = 1;
	assert_null(copy_rules_feed(&rules, &record));
	record = (struct copy_record){.type = COPY_ITEM, .name = text("..")};
	assert_non_null(copy_rules_feed(&rules, &record));
}

/* A file is at most as long as its size can say. */
static void test_sizes(void **state)
{
	struct copy_record file = {.type = COPY_FILE, .name = text("f")};
	struct copy_record data = {.type = COPY_DATA, .body = text("12345678901")};
	struct copy_record hole = {.type = COPY_HOLE, .size = 0};
	struct copy_rules rules;

	(void)state;
	rules_at_tree(&rules, 1);
	assert_null(copy_rules_feed(&rules, &file));
	assert_null(copy_rules_feed(&rules, &data));
	assert_non_null(copy_rules_feed(&rules, &hole));
	hole.size = UINT64_MAX;
	assert_non_null(copy_rules_feed(&rules, &hole));
	hole.size = INT64_MAX - 10;
	assert_non_null(copy_rules_feed(&rules, &hole));
	hole.size--;
	assert_null(copy_rules_feed(&rules, &hole));
	data.body.length = 1;
	assert_non_null(copy_rules_feed(&rules, &data));
	assert_non_null(feed(&rules, COPY_END));
	assert_null(feed(&rules, COPY_FILE_END));
	assert_null(feed(&rules, COPY_END));
}

static void test_bounds(void **state)
{
	struct copy_rules rules;

	(void)state;
	rules_at_tree(&rules, 1);
	for (int i = 0; i < COPY_DEPTH_MAX; i++)
		assert_null(feed(&rules, COPY_FOLDER));
	assert_non_null(feed(&rules, COPY_FOLDER));
	assert_null(feed(&rules, COPY_FILE));
	assert_null(feed(&rules, COPY_DATA));
	assert_null(feed(&rules, COPY_FILE_END));
	rules.entries = COPY_ENTRIES_MAX - 1;
	assert_null(feed(&rules, COPY_LINK));
	assert_non_null(feed(&rules, COPY_LINK));
	assert_non_null(feed(&rules, COPY_FILE));
	assert_null(feed(&rules, COPY_FOLDER_END));
	assert_non_null(feed(&rules, COPY_FOLDER));
}

/* A link's depth is counted from its item's folder. */
static void test_link_depth(void **state)
{
	struct copy_record up = {.type = COPY_LINK, .name = text("l"), .body = text("../x")};
	struct copy_rules rules;

	(void)state;
	rules_at_tree(&rules, 1);
	assert_null(feed(&rules, COPY_FOLDER));
	assert_non_null(copy_rules_feed(&rules, &up));
	assert_null(feed(&rules, COPY_FOLDER));
	assert_null(copy_rules_feed(&rules, &up));
	up.name = text("a/b");
	assert_non_null(copy_rules_feed(&rules, &up));
}

static void test_path(void **state)
{
	struct copy_path path = {0};

	(void)state;
	assert_int_equal(copy_path_add(&path, "a\n", 2), 0);
	assert_string_equal(path.text, "a\\x0a");
	size_t before = copy_path_add(&path, "b", 1);
	assert_string_equal(path.text, "a\\x0a/b");
	for (int i = 0; i < 1000; i++)
		copy_path_add(&path, "name", 4);
	assert_in_range(path.length, 500, sizeof(path.text) - 1);
	assert_int_equal(strlen(path.text), path.length);
	copy_path_cut(&path, before);
	assert_string_equal(path.text, "a\\x0a");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_begin),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_link_depth),
		cmocka_unit_test(test_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
