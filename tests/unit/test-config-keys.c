/*
 * A table of keys that no VM has, of every type and with lists of mappings in lists of mappings:
 * what is coming (disks, shares, networks, windows) needs rows alone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "host-broker/config/complaint.h"
#include "host-broker/config/config.h"
#include "host-broker/config/schema.h"
#include "host-broker/config/table.h"
#include "tests/lib/test.h"

enum mode { MODE_READ, MODE_WRITE };

struct option {
	const char *name;
	uint32_t weight;
};

struct disk {
	const char *path;
	uint64_t bytes;
	enum mode mode;
	bool keeps;
	struct text_list tags;
	struct {
		struct option *items;
		size_t count;
	} options;
};

struct machine {
	struct {
		struct disk *items;
		size_t count;
	} disks;
	struct {
		uint32_t wait_ms;
	} limits;
};

static const cyaml_strval_t mode_items[] = {{"read", MODE_READ}, {"write", MODE_WRITE}};
static const struct key_names mode_names = {mode_items, CYAML_ARRAY_LEN(mode_items), false};

static bool is_path(const char *text)
{
	return text[0] == '/';
}

static const struct key option_rows[] = {
	{"name", &key_text, KEY_AT(struct option, name), .needed = true, .expected = "a name"},
	{"weight", &key_number, KEY_AT(struct option, weight), .standard = "5", .min = 1, .max = 10,
		.expected = "a number from 1 to 10"},
};
static const struct key_table option_keys = {KEY_ROWS(option_rows), .size = sizeof(struct option)};

static const struct key disk_rows[] = {
	{"path", &key_text, KEY_AT(struct disk, path), .needed = true, .check = is_path,
		.expected = "an absolute path"},
	{"size", &key_size, KEY_AT(struct disk, bytes), .max = INT64_MAX, .expected = "a size"},
	{"mode", &key_choice, KEY_AT(struct disk, mode), .names = &mode_names, .standard = "write",
		.expected = "read or write"},
	{"keeps", &key_switch, KEY_AT(struct disk, keeps), .names = &mode_names,
		.standard = "write", .expected = "read or write"},
	{"tags", &key_texts, KEY_AT(struct disk, tags), .max = 2, .expected = "at most 2"},
	{"options", &key_mappings, KEY_AT(struct disk, options), .table = &option_keys,
		.expected = "a list of options"},
};

static const char *disk_settle(void *value)
{
	struct disk *disk = value;

	if (disk->bytes == 0)
		disk->bytes = 4096;
	return disk->mode == MODE_READ && disk->options.count > 0 ? "options" : NULL;
}

static const struct key_table disk_keys = {
	KEY_ROWS(disk_rows), .size = sizeof(struct disk), .settle = disk_settle};

static const struct key limit_rows[] = {
	{"wait", &key_time, .offset = 0, .needed = true, .min = 1, .max = 1000,
		.expected = "a time up to 1s"},
};
static const struct key_table limit_keys = {
	KEY_ROWS(limit_rows), .size = sizeof(((struct machine *)0)->limits)};

static const struct key machine_rows[] = {
	{"disks", &key_mappings, KEY_AT(struct machine, disks), .table = &disk_keys, .max = 3,
		.expected = "at most 3 disks"},
	{"limits", &key_mapping, KEY_AT(struct machine, limits), .table = &limit_keys, .within = "",
		.expected = "the keys"},
};
static const struct key_table machine_keys = {
	KEY_ROWS(machine_rows), .size = sizeof(struct machine)};

struct outcome {
	int code;
	struct machine machine;
	char text[256];
};

static void problem_tell(const struct key_problem *problem, char out[256])
{
	char expected[KEY_EXPECTED_SIZE];
	size_t used = 0;

	key_problem_expected(problem, expected, sizeof(expected));
	for (size_t i = 0; i < problem->depth; i++)
		used += (size_t)snprintf(out + used, 256 - used, "%s %zu ",
			problem->path[i].key->name, problem->path[i].item);
	snprintf(out + used, 256 - used, "| %s: %s", key_problem_key(problem)->name, expected);
}

static void outcome_read(const struct key_raw *raws, struct outcome *ret)
{
	struct key_problem problem = {0};

	assert_int_equal(keys_fill(&machine_keys, &ret->machine), 0);
	ret->code = keys_read(&machine_keys, raws, &ret->machine, &problem);
	if (ret->code < 0)
		problem_tell(&problem, ret->text);
}

static struct outcome read_text(const char *text)
{
	struct outcome outcome = {0};
	struct complaint complaint = {0};
	struct error error = {0};
	struct key_raw *raws = NULL;
	cyaml_config_t settings;
	struct schema *schema = schema_create(&machine_keys);

	complaint_listen(&complaint, &settings);
	if (cyaml_load_data((const uint8_t *)text, strlen(text), &settings, schema_value(schema),
		    (cyaml_data_t **)&raws, NULL) == CYAML_OK) {
		outcome_read(raws, &outcome);
		cyaml_free(&settings, schema_value(schema), raws, 0);
	} else {
		outcome.code = complaint_tell(&complaint, "f", &machine_keys, &error);
		snprintf(outcome.text, sizeof(outcome.text), "%.255s", error.text);
	}
	schema_destroy(schema);
	return outcome;
}

static void refuse(const char *text, const char *message)
{
	struct outcome outcome = read_text(text);

	assert_int_equal(outcome.code, UV_EINVAL);
	assert_string_equal(outcome.text, message);
	keys_finish(&machine_keys, &outcome.machine);
}

static const char whole[] =
	"disks:\n  - path: /a\n  - path: /b\n    size: 1M\n    mode: write\n    keeps: read\n"
	"    tags: [x, y]\n    options:\n      - {name: fast, weight: 9}\n      - name: safe\n"
	"limits: {wait: 10ms}\n";

static void test_read(void **state)
{
	struct outcome outcome = read_text(whole);
	const struct disk *disks = outcome.machine.disks.items;

	(void)state;
	assert_int_equal(outcome.code, 0);
	assert_int_equal(outcome.machine.disks.count, 2);
	assert_string_equal(disks[0].path, "/a");
	assert_int_equal(disks[0].bytes, 4096);
	assert_int_equal(disks[0].mode, MODE_WRITE);
	assert_true(disks[0].keeps);
	assert_int_equal(disks[0].options.count, 0);
	assert_int_equal(disks[1].bytes, 1 << 20);
	assert_false(disks[1].keeps);
	assert_string_equal(disks[1].tags.items[1], "y");
	assert_int_equal(disks[1].options.count, 2);
	assert_int_equal(disks[1].options.items[0].weight, 9);
	assert_string_equal(disks[1].options.items[1].name, "safe");
	assert_int_equal(disks[1].options.items[1].weight, 5);
	assert_int_equal(outcome.machine.limits.wait_ms, 10);
	keys_finish(&machine_keys, &outcome.machine);
	assert_null(outcome.machine.disks.items);
}

static void test_printed_and_compared(void **state)
{
	struct outcome one = read_text(whole);
	json_t *json = keys_print(&machine_keys, &one.machine);
	char *text = json_dumps(json, 0);
	struct outcome again = read_text(text), other;

	(void)state;
	assert_int_equal(again.code, 0);
	assert_true(keys_equal(&machine_keys, &one.machine, &again.machine));
	again.machine.disks.items[1].options.items[1].weight = 6;
	assert_false(keys_equal(&machine_keys, &one.machine, &again.machine));
	other = read_text("disks: [{path: /a}]\nlimits: {wait: 10ms}\n");
	assert_false(keys_equal(&machine_keys, &one.machine, &other.machine));
	keys_finish(&machine_keys, &one.machine);
	keys_finish(&machine_keys, &again.machine);
	keys_finish(&machine_keys, &other.machine);
	free(text);
	json_decref(json);
}

/* Nothing that was not said is printed, but for defaults. */
static void test_printed_empty(void **state)
{
	struct outcome outcome = read_text("disks: []\n");
	json_t *json = keys_print(&machine_keys, &outcome.machine);

	(void)state;
	assert_int_equal(outcome.code, 0);
	assert_int_equal(json_object_size(json), 0);
	keys_finish(&machine_keys, &outcome.machine);
	json_decref(json);
}

static void test_refused(void **state)
{
	(void)state;
	refuse("disks: [{path: /a}, {path: b}]\n", "disks 1 path 0 | path: an absolute path");
	refuse("disks: [{path: /a, options: [{name: n}, {name: m, weight: 11}]}]\n",
		"disks 0 options 1 weight 0 | weight: a number from 1 to 10");
	refuse("disks: [{path: /a, tags: [x, y, z]}]\n", "disks 0 tags 0 | tags: at most 2");
	refuse("disks: [{path: /a}, {path: /b}, {path: /c}, {path: /d}]\n",
		"disks 0 | disks: at most 3 disks");
	refuse("disks: [{path: /a}, {path: /b, mode: read, options: [{name: n}]}]\n",
		"disks 1 options 0 | options: a list of options");
	refuse("limits: {wait: 2s}\n", "limits 0 wait 0 | limits: wait: a time up to 1s");
	refuse("limits: {}\n", "limits 0 wait 0 | limits: wait: a time up to 1s");
	refuse("disks:\n  - path: /a\n    mode: both\n",
		"f:3: mode: Invalid ENUM value: both; expected read or write");
	refuse("disks:\n  - size: 1M\n", "f:2: Missing required mapping field: path");
	refuse("disks:\n  - path: /a\n    options: [{nme: x}]\n", "f:3: Unexpected key: nme");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_read),
		cmocka_unit_test(test_printed_and_compared), cmocka_unit_test(test_printed_empty),
		cmocka_unit_test(test_refused)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
