/* What is written down of parts, and how a later broker finds them again. */
#include <string.h>

#include "tests/lib/play-parts.h"
#include "tests/lib/test.h"

/* ---- records ---- */

static void test_what_is_recorded(void **state)
{
	struct play plays[] = {{.name = "a", .writes_record = true},
		{.name = "none", .keeps_no_record = true}, {.name = "later", .needs = {"slow"}},
		{.name = "slow", .prepare_ms = 100}};
	struct part_record records[PARTS_MAX];

	(void)state;
	bed_make(plays, 4);
	parts_start(bed.parts);
	assert_int_equal(bed.records, 1);
	assert_int_equal(parts_record(bed.parts, records), 2);
	assert_string_equal(records[0].key, "a");
	assert_int_equal(records[0].process.start_time, 'a');
	assert_string_equal(records[1].key, "slow");
	parts_end(bed.parts);
	bed_finish();
}

static void test_what_cannot_be_recorded_may_not_run(void **state)
{
	struct play plays[] = {{.name = "a", .writes_record = true}};

	(void)state;
	bed_make(plays, 1);
	bed.record_code = UV_ENOSPC;
	parts_start(bed.parts);
	bed_finish();
	assert_string_equal(bed.cause, "a: cannot write");
}

#define RECORDS \
	{ \
		{"a", {7, 70}}, {"b", {8, 80}}, {"x", {9, 90}}, \
		{ \
			"y", \
			{ \
				0, 0 \
			} \
		} \
	}

/* How many records there are, of those above; and whether all are up then. */
static void adopt(struct play *plays, size_t count, size_t records_count, bool up)
{
	const struct part_record records[] = RECORDS;
	struct event end;

	bed_make(plays, count);
	event_at(&end, NULL, 1000);
	parts_adopt(bed.parts, records, records_count, &stray_kind);
	bed_finish();
	assert_int_equal(bed.up, up);
}

static void test_parts_are_found_again(void **state)
{
	struct play plays[] = {{.name = "b", .needs = {"a"}, .prepare_ms = 10}, {.name = "a"},
		{.name = "anew", .keeps_no_record = true, .needs = {"b"}}};

	(void)state;
	adopt(plays, 3, 2, true);
	assert_string_equal(bed.log, "=b =a +anew UP -anew -b -a OVER");
	assert_int_equal(plays[0].process.pid, 8);
	assert_int_equal(plays[1].process.start_time, 70);
	assert_int_equal(bed.up_at, 10);
}

/* An earlier broker died in the middle of the start, or the part since. */
static void test_one_that_is_not_found_ends_the_rest(void **state)
{
	struct play missing[] = {{.name = "b", .needs = {"a"}}, {.name = "a"}};
	struct play dead[] = {{.name = "b", .is_lost = true, .needs = {"a"}}, {.name = "a"}};

	(void)state;
	adopt(missing, 2, 1, false);
	assert_string_equal(bed.log, "=a -b -a OVER");
	assert_string_equal(bed.cause, "b: no record of it was found");
	adopt(dead, 2, 2, false);
	assert_string_equal(bed.log, "=b =a -b -a OVER");
	assert_string_equal(bed.cause, "b: it is gone");
}

static void test_one_that_is_not_found_and_may_be_missing(void **state)
{
	struct play plays[] = {
		{.name = "a"}, {.name = "b", .is_lost = true, .death = PART_DEATH_DEGRADES}};

	(void)state;
	adopt(plays, 2, 2, true);
	assert_string_equal(bed.notes, "b: it is gone; continuing without it\n");
}

static void test_one_that_is_not_found_and_is_started_again(void **state)
{
	struct play plays[] = {
		{.name = "a"}, {.name = "b", .is_lost = true, .death = PART_DEATH_RESTARTS}};

	(void)state;
	adopt(plays, 2, 2, true);
	assert_int_equal(plays[1].prepared, 1);
	assert_int_equal(bed.up_at, PART_RESTART_FIRST_MS);
}

/* Of a newer broker: what is known of it is kept, and it is ended with the rest. */
static void test_a_record_that_nobody_claims(void **state)
{
	struct play plays[] = {{.name = "a"}, {.name = "b"}};
	const struct part_record records[] = RECORDS;
	struct part_record again[PARTS_MAX];

	(void)state;
	bed_make(plays, 2);
	parts_adopt(bed.parts, records, 3, &stray_kind);
	assert_int_equal(parts_record(bed.parts, again), 3);
	assert_string_equal(again[2].key, "x");
	assert_int_equal(again[2].process.pid, 9);
	parts_end(bed.parts);
	bed_finish();
	assert_int_equal(stray_play.released, 1);
	assert_int_equal(stray_play.forgotten, 1);
}

static void test_a_record_of_one_that_is_long_gone(void **state)
{
	struct play plays[] = {{.name = "a"}, {.name = "b"}};

	(void)state;
	adopt(plays, 2, 4, true);
	assert_non_null(strstr(bed.log, "UP"));
	assert_null(strstr(bed.log, "-y"));
}

/* ---- an owner who lets go ---- */

static void test_letting_go_ends_nothing(void **state)
{
	struct play plays[] = {{.name = "a"}, {.name = "b", .prepare_ms = 100}};

	(void)state;
	bed_make(plays, 2);
	parts_start(bed.parts);
	parts_destroy(bed.parts);
	world_run(&bed.loop);
	world_end(&bed.world);
	assert_true(plays[0].there);
	assert_int_equal(plays[0].released, 0);
	assert_int_equal(plays[1].forgotten, 1);
	assert_false(bed.over);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_recorded),
		cmocka_unit_test(test_what_cannot_be_recorded_may_not_run),
		cmocka_unit_test(test_parts_are_found_again),
		cmocka_unit_test(test_one_that_is_not_found_ends_the_rest),
		cmocka_unit_test(test_one_that_is_not_found_and_may_be_missing),
		cmocka_unit_test(test_one_that_is_not_found_and_is_started_again),
		cmocka_unit_test(test_a_record_that_nobody_claims),
		cmocka_unit_test(test_a_record_of_one_that_is_long_gone),
		cmocka_unit_test(test_letting_go_ends_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
