/*
 * Every row of the tables of keys, those within others too: what stands there is read, compared and
 * printed, and what may not stand there is refused with its line. No key is named here: a new row
 * is walked like the others.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "host-broker/config/restart.h"
#include "host-broker/config/table.h"
#include "tests/lib/test.h"

#define TEXT_SIZE 4096
#define WALKED_MIN 50 /* rows; there are more, and a walk that ends early is none */

/* Of each kind of text at least two are right. */
static const char *const texts[] = {"other", "another", "'/some/where'", "'/or/here'", "red",
	"blue", "q35", "microvm", "debug", "error", "2000-3000", "2000-3001", "1234", "5678", "12",
	"34", "1-2.3", "1-2.4", "[joe]", "[ann]", "[LANG]", "[TERM]", "10.3.0.0/24", "10.4.0.0/24",
	"10.3.0.1", "10.3.0.2", "'fd00::1'", "'fd00::2'", "'fd00:1::/64'", "'fd00:2::/64'",
	"'02:00:00:00:00:01'", "'02:00:00:00:00:02'", "[10.3.0.1]", "[10.3.0.2]", "[8080]",
	"[8081-8090]", "[tcp/80]", "[udp/80]", "['8080:80']", "['8081:80']", "host", "none",
	"Ctrl+X", "Alt+Y"};
/* And at least one is not; the last is no text at all. */
static char long_text[200];
static const char *const wrong_texts[] = {"'a b c'", "\"a\\nb\"", "['a b']", long_text, "{a: b}"};

/* What stands around a key in a file, in one line. */
struct place {
	const struct key_table *table; /* of the broker or of a VM */
	const char *outermost;         /* the key there that it lies in, or is */
	char before[TEXT_SIZE], after[64];
};

/* ---- files ---- */

static struct config *parse(const char *text)
{
	struct config *config = NULL;
	struct error error = {0};

	return config_parse(text, strlen(text), "f.yaml", &config, &error) < 0 ? NULL : config;
}

/* value: NULL for a file without the key. break_line: the key stands in the fourth line. */
static void file_make(char out[TEXT_SIZE], const struct place *place, const struct key *key,
	const char *value, bool break_line)
{
	int length = snprintf(out, TEXT_SIZE, "%s%s%s%s%s%s", place->before,
		break_line ? "\n\n\n" : "", value ? key->name : "", value ? ": " : "",
		value ? value : "", place->after);

	assert_in_range(length, 1, TEXT_SIZE - 1);
}

static struct config *config_with(
	const struct place *place, const struct key *key, const char *value)
{
	char text[TEXT_SIZE];

	file_make(text, place, key, value, false);
	return parse(text);
}

static const void *value_of(const struct place *place, const struct config *config)
{
	if (place->table == &config_broker_keys)
		return &config->broker;
	return &config->vms[0];
}

static bool is_right(const struct place *place, const struct key *key, const char *value)
{
	struct config *config = config_with(place, key, value);

	config_destroy(config);
	return config != NULL;
}

/* ---- values that are right, and not the default; index: 0 or 1 ---- */

static bool is_number(const struct key *key)
{
	return key->type == &key_number || key->type == &key_time || key->type == &key_size;
}

static void number_example(const struct key *key, size_t index, char out[64])
{
	uint64_t mebibytes = key->max > UINT64_C(128) << 20 ? 64 : 2;
	uint64_t value = key->type == &key_size ? (mebibytes + index) << 20 : key->min + 3 + index;

	snprintf(out, 64, "%" PRIu64 "%s", value, key->type == &key_time ? "ms" : "");
}

static bool is_default(const struct key *key, const char *value)
{
	return key->standard && strcmp(key->standard, value) == 0;
}

static bool choice_example(const struct key *key, size_t index, char out[64])
{
	for (unsigned int i = 0; i < key->names->count; i++) {
		snprintf(out, 64, "%s", key->names->items[i].str);
		if (!is_default(key, out) && index-- == 0)
			return true;
	}
	return false;
}

static bool text_example(
	const struct place *place, const struct key *key, size_t index, char out[64])
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		snprintf(out, 64, "%s", texts[i]);
		if (!is_default(key, out) && is_right(place, key, out) && index-- == 0)
			return true;
	}
	return false;
}

static void example(const struct place *place, const struct key *key, size_t index, char out[64])
{
	bool found = true;

	if (is_number(key))
		number_example(key, index, out);
	else if (key->type->form == KEY_CHOICE)
		found = choice_example(key, index, out);
	else
		found = text_example(place, key, index, out);
	if (!found || !is_right(place, key, out))
		fail_msg("%s: this test knows no value for it: give it one more", key->name);
}

/* Of a key without which its mapping is none: by its own check alone, since others may be needed
 * beside it. */
static void needed_example(const struct place *around, const struct key *key, char out[64])
{
	char bare[64];

	for (size_t i = 0; key->check && i < sizeof(texts) / sizeof(texts[0]); i++) {
		snprintf(out, 64, "%s", texts[i]);
		snprintf(bare, sizeof(bare), "%.*s", (int)strcspn(out + (out[0] == '\''), "'"),
			out + (out[0] == '\''));
		if (key->check(bare))
			return;
	}
	example(around, key, 0, out);
}

/* ---- the walk ---- */

typedef void (*visit)(const struct place *place, const struct key *key);

static size_t walk(const struct key_table *table, const struct place *around, visit visitor);

/* Puts before it what its mapping needs beside it. */
static struct place place_of(
	const struct key_table *table, const struct place *around, const struct key *key)
{
	struct place place = *around;
	char value[64];

	if (!place.outermost)
		place.outermost = key->name;
	for (size_t i = 0; i < table->count; i++) {
		const struct key *other = &table->keys[i];
		if (!other->needed || other == key)
			continue;
		needed_example(around, other, value);
		size_t used = strlen(place.before);
		snprintf(place.before + used, TEXT_SIZE - used, "%s: %s, ", other->name, value);
	}
	return place;
}

static size_t walk_within(const struct place *place, const struct key *key, visit visitor)
{
	bool is_list = key->type->form == KEY_MAPPINGS;
	struct place within = *place;
	size_t used = strlen(within.before);

	snprintf(within.before + used, TEXT_SIZE - used, "%s: %s", key->name, is_list ? "[{" : "{");
	int length = snprintf(
		within.after, sizeof(within.after), "%s%s", is_list ? "}]" : "}", place->after);
	assert_in_range(length, 1, sizeof(within.after) - 1);
	return walk(key->table, &within, visitor);
}

static size_t walk(const struct key_table *table, const struct place *around, visit visitor)
{
	size_t walked = 0;

	for (size_t i = 0; i < table->count; i++) {
		const struct key *key = &table->keys[i];
		const struct place place = place_of(table, around, key);
		if (key->table)
			walked += walk_within(&place, key, visitor);
		else
			visitor(&place, key);
		walked++;
	}
	return walked;
}

static void walk_all(visit visitor)
{
	const struct place broker = {
		.table = &config_broker_keys, .before = "broker: {", .after = "}"};
	const struct place vm = {.table = &config_vm_keys, .before = "vms: [{", .after = "}]"};
	size_t walked = walk(&config_broker_keys, &broker, visitor);

	walked += walk(&config_vm_keys, &vm, visitor);
	assert_in_range(walked, WALKED_MIN, 1000);
}

/* ---- what is shown ---- */

/* A file with the key, and one without it, or with another value where it is needed. */
static void pair_make(const struct place *place, const struct key *key, struct config **ret_with,
	struct config **ret_other)
{
	char value[64], other[64];

	example(place, key, 0, value);
	if (key->needed)
		example(place, key, 1, other);
	*ret_with = config_with(place, key, value);
	*ret_other = config_with(place, key, key->needed ? other : NULL);
	assert_non_null(*ret_with);
	assert_non_null(*ret_other);
}

static bool has_word(const char *const *words, size_t count, const char *word)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(words[i], word) == 0)
			return true;
	return false;
}

/* Others may follow from it, as memory_min does from memory. */
static void shows_compared(const struct place *place, const struct key *key)
{
	struct config_difference difference;
	struct config *with, *other;
	const struct key *outermost = key_find(place->table, place->outermost);

	pair_make(place, key, &with, &other);
	if (outermost->type->equal(outermost, key_member_const(outermost, value_of(place, with)),
		    key_member_const(outermost, value_of(place, other))))
		fail_msg("%s: another value is not seen", key->name);
	if (place->table == &config_vm_keys) {
		bool waits = key_waits(outermost, &with->vms[0], &other->vms[0]);
		vm_config_compare(&with->vms[0], &other->vms[0], &difference);
		assert_int_equal(
			has_word(difference.live, difference.live_count, place->outermost), !waits);
		assert_int_equal(
			has_word(difference.restart, difference.restart_count, place->outermost),
			waits);
	}
	config_destroy(with);
	config_destroy(other);
}

/* What was printed says the same when it is read. */
static void prints_the_same(
	const struct place *place, const struct config *config, const char *key, bool expect_key)
{
	json_t *printed = keys_print(place->table, value_of(place, config));
	bool is_broker = place->table == &config_broker_keys;
	char *dumped;

	assert_non_null(printed);
	if (expect_key && !json_object_get(printed, key))
		fail_msg("%s: is not printed", key);
	printed = is_broker ? json_pack("{s:o}", "broker", printed)
			    : json_pack("{s:[o]}", "vms", printed);
	dumped = json_dumps(printed, JSON_COMPACT);
	struct config *again = parse(dumped);
	if (!again || !keys_equal(place->table, value_of(place, config), value_of(place, again)))
		fail_msg("%s: was read from %s", key, dumped);
	config_destroy(again);
	free(dumped);
	json_decref(printed);
}

static void shows_printed(const struct place *place, const struct key *key)
{
	struct config *with, *other;

	pair_make(place, key, &with, &other);
	prints_the_same(place, with, place->outermost, true);
	prints_the_same(place, other, place->outermost, false);
	config_destroy(with);
	config_destroy(other);
}

/* A default in words that the file takes, and that says what its absence does. */
static void shows_default(const struct place *place, const struct key *key)
{
	if (!key->standard)
		return;
	struct config *with = config_with(place, key, key->standard);
	struct config *without = config_with(place, key, NULL);
	assert_non_null(with);
	if (!keys_equal(place->table, value_of(place, with), value_of(place, without)))
		fail_msg("%s: %s is not the default", key->name, key->standard);
	config_destroy(with);
	config_destroy(without);
}

static void refused(
	const struct place *place, const struct key *key, const char *value, bool is_of_its_kind)
{
	struct config *config = NULL;
	struct error error = {0};
	char text[TEXT_SIZE];

	file_make(text, place, key, value, true);
	assert_int_equal(config_parse(text, strlen(text), "f.yaml", &config, &error), UV_EINVAL);
	if (strncmp(error.text, "f.yaml:4: ", 10) != 0)
		fail_msg("%s: %s: the line is not told: %s", key->name, value, error.text);
	if (!is_of_its_kind)
		return;
	if (!strstr(error.text, key->name) && !strstr(error.text, place->outermost))
		fail_msg("%s: %s: the key is not told: %s", key->name, value, error.text);
	const char *expected = strstr(error.text, "expected ");
	if (!expected || strlen(expected) < 12)
		fail_msg("%s: %s: what is expected is not told: %s", key->name, value, error.text);
}

static void wrong_numbers_refused(const struct place *place, const struct key *key)
{
	char value[64];

	refused(place, key, "-1", true);
	refused(place, key, "x", true);
	refused(place, key, "1x", true);
	refused(place, key, "99999999999999999999", true);
	snprintf(value, sizeof(value), "%" PRIu64 "%s", key->max + 1,
		key->type == &key_time ? "ms" : "");
	refused(place, key, value, true);
	snprintf(value, sizeof(value), "%" PRIu64 "%s", key->min - 1,
		key->type == &key_time ? "ms" : "");
	if (key->min > 0)
		refused(place, key, value, true);
}

static void wrong_text_refused(const struct place *place, const struct key *key)
{
	size_t count = sizeof(wrong_texts) / sizeof(wrong_texts[0]);

	for (size_t i = 0; i < count; i++) {
		bool is_list = wrong_texts[i][0] == '[', is_last = i + 1 == count;
		if (is_right(place, key, wrong_texts[i]))
			continue;
		refused(place, key, wrong_texts[i],
			is_list == (key->type->form == KEY_TEXTS) && !is_last);
		return;
	}
	fail_msg("%s: takes anything", key->name);
}

static void shows_refused(const struct place *place, const struct key *key)
{
	if (is_number(key))
		wrong_numbers_refused(place, key);
	else
		wrong_text_refused(place, key);
}

static void test_compared(void **state)
{
	(void)state;
	walk_all(shows_compared);
}

static void test_printed(void **state)
{
	(void)state;
	walk_all(shows_printed);
}

static void test_defaults(void **state)
{
	(void)state;
	walk_all(shows_default);
}

static void test_refused(void **state)
{
	(void)state;
	walk_all(shows_refused);
}

/* ---- what has no row ---- */

static void mark(bool *marks, size_t offset, size_t size)
{
	for (size_t i = offset; i < offset + size; i++) {
		assert_false(marks[i]);
		marks[i] = true;
	}
}

/* No two rows share a place, and between them is only what a compiler leaves free, which is less
 * than a pointer: a text, list or size that is in config.h and not in the table is found. */
static void test_members(void **state)
{
	bool marks[sizeof(struct vm_config)] = {false};
	size_t unmarked = 0;

	(void)state;
	for (size_t i = 0; i < config_vm_keys.count; i++)
		mark(marks, config_vm_keys.keys[i].offset,
			key_member_size(&config_vm_keys.keys[i]));
	mark(marks, offsetof(struct vm_config, source), sizeof(char *));
	for (size_t i = 0; i < sizeof(marks); i++) {
		unmarked = marks[i] ? 0 : unmarked + 1;
		assert_in_range(unmarked, 0, sizeof(void *) - 1);
	}
}

int main(void)
{
	memset(long_text, 'x', sizeof(long_text) - 1);
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_compared),
		cmocka_unit_test(test_printed), cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_refused), cmocka_unit_test(test_members)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
