/* A start as a list of parts: order, time, failures and deaths at every moment, and ends. */
#include <stdio.h>
#include <string.h>

#include "tests/lib/play-parts.h"
#include "tests/lib/test.h"

/* ---- order and time ---- */

static void test_who_is_needed_comes_first_and_goes_last(void **state)
{
	struct play plays[] = {{.name = "c", .needs = {"b", "elsewhere"}},
		{.name = "b", .needs = {"a"}}, {.name = "a"}};

	(void)state;
	play_all(plays, 3);
	assert_string_equal(bed.log, "+a +b +c UP -c -b -a OVER");
	assert_string_equal(bed.cause, "");
	assert_string_equal(bed.notes, "");
	assert_int_equal(bed.over_at, 0);
}

static void test_no_part_at_all(void **state)
{
	(void)state;
	play_all(NULL, 0);
	assert_string_equal(bed.log, "UP OVER");
}

/* Twenty parts that wait, and one that needs them: the start takes the longest. */
static void test_twenty_parts_wait_at_the_same_time(void **state)
{
	static char names[20][PART_NAME_SIZE];
	struct play plays[21] = {{.name = "monitor", .needs = {"n0", "n7", "n19"}}};

	(void)state;
	for (size_t i = 0; i < 20; i++) {
		snprintf(names[i], sizeof(names[i]), "n%zu", i);
		plays[i + 1] = (struct play){
			.name = names[i], .prepare_ms = 50 * ((uint32_t)i + 1), .release_ms = 70};
	}
	play_all(plays, 21);
	assert_int_equal(plays[0].ready_at, 1000);
	assert_int_equal(bed.up_at, 1000);
	assert_int_equal(bed.over_at, 1070);
}

/* By way of what it needs, not of what stands beside it. */
static void test_a_start_takes_its_longest_way(void **state)
{
	struct play plays[] = {{.name = "a", .prepare_ms = 10},
		{.name = "long", .needs = {"a"}, .prepare_ms = 300},
		{.name = "short", .needs = {"a"}, .prepare_ms = 20},
		{.name = "after", .needs = {"short"}, .prepare_ms = 30},
		{.name = "last", .needs = {"long", "after"}, .prepare_ms = 5}};

	(void)state;
	play_all(plays, 5);
	assert_int_equal(plays[3].ready_at, 60);
	assert_int_equal(bed.up_at, 315);
}

static void test_parts_that_need_each_other(void **state)
{
	struct play plays[] = {
		{.name = "a"}, {.name = "b", .needs = {"c", "a"}}, {.name = "c", .needs = {"b"}}};

	(void)state;
	play_all(plays, 3);
	assert_string_equal(bed.log, "+a -a OVER");
	assert_non_null(strstr(bed.cause, "what it depends on is not available"));
	assert_true(bed.failed);
}

static void test_no_more_than_the_list_holds(void **state)
{
	static struct play plays[PARTS_MAX];
	static char names[PARTS_MAX][8];

	(void)state;
	for (size_t i = 0; i < PARTS_MAX; i++) {
		snprintf(names[i], sizeof(names[i]), "n%zu", i);
		plays[i] = (struct play){.name = names[i]};
	}
	bed_make(plays, PARTS_MAX);
	assert_null(parts_add(bed.parts, &plays[0].kind, "x", "one more", NULL));
	bed.ends_itself = true;
	parts_start(bed.parts);
	bed_finish();
}

/* ---- failures ---- */

static void test_a_part_that_refuses_fails_the_start(void **state)
{
	static const uint32_t times[] = {AT_ONCE, 40};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct play plays[] = {{.name = "a"},
			{.name = "b", .needs = {"a"}, .refuses = true, .prepare_ms = times[i]},
			{.name = "beside", .prepare_ms = 1000}, {.name = "c", .needs = {"b"}}};
		play_all(plays, 4);
		assert_string_equal(bed.cause, "b: the disk is full");
		assert_true(bed.failed);
		assert_false(bed.up);
		assert_int_equal(plays[3].prepared, 0);
		assert_int_equal(plays[2].released, plays[2].prepared);
		assert_int_equal(bed.over_at, times[i]);
	}
}

#define GRAPH \
	{ \
		{.name = "a", .prepare_ms = 20, .release_ms = 30}, \
			{.name = "b", .needs = {"a"}, .prepare_ms = 20, .release_ms = 30}, \
			{.name = "c", .needs = {"a"}, .prepare_ms = 30, .release_ms = 30}, \
			{.name = "d", .needs = {"b", "c"}, .prepare_ms = 20, .release_ms = 30}, \
	}
#define GRAPH_SIZE 4
#define GRAPH_UP_MS 70
#define GRAPH_RELEASE_MS 90

static void death_at(size_t which, uint64_t after_ms)
{
	struct play plays[] = GRAPH;
	struct event death, end;
	char cause[64];

	bed_make(plays, GRAPH_SIZE);
	event_at(&death, &plays[which], after_ms);
	event_at(&end, NULL, 1000);
	parts_start(bed.parts);
	bed_finish();
	bool struck = bed.over_at < 1000;
	snprintf(cause, sizeof(cause), "%s was killed by signal 9", plays[which].name);
	assert_string_equal(bed.cause, struck ? cause : "");
	assert_int_equal(bed.up, !struck || after_ms > GRAPH_UP_MS);
	assert_true(bed.over_at <= (struck ? after_ms : 1000) + GRAPH_RELEASE_MS);
	if (struck)
		assert_int_equal(bed.failed, plays[which].ready_at == 0);
}

/* Before it is there, while it waits, just before and just after the last is ready, and later: all
 * that was begun is released in order (play_release() looks), within the time that it takes. */
static void test_death_of_each_at_every_moment(void **state)
{
	(void)state;
	for (size_t which = 0; which < GRAPH_SIZE; which++)
		for (uint64_t after_ms = 0; after_ms <= 120; after_ms++)
			death_at(which, after_ms);
}

static void test_an_end_at_every_moment(void **state)
{
	(void)state;
	for (uint64_t after_ms = 0; after_ms <= 120; after_ms++) {
		struct play plays[] = GRAPH;
		struct event end;
		bed_make(plays, GRAPH_SIZE);
		event_at(&end, NULL, after_ms);
		parts_start(bed.parts);
		bed_finish();
		assert_string_equal(bed.cause, "");
		assert_int_equal(bed.up, after_ms > GRAPH_UP_MS);
		assert_true(bed.over_at <= after_ms + GRAPH_RELEASE_MS);
	}
}

/* While they are released one after the other. */
static void test_death_of_each_in_the_middle_of_an_end(void **state)
{
	(void)state;
	for (size_t which = 0; which < GRAPH_SIZE; which++)
		for (uint64_t after_ms = 200; after_ms <= 300; after_ms += 5) {
			struct play plays[] = GRAPH;
			struct event death, end;
			for (size_t i = 0; i < GRAPH_SIZE; i++)
				plays[i].death = (enum part_death)(i % 3);
			bed_make(plays, GRAPH_SIZE);
			event_at(&end, NULL, 200);
			event_at(&death, &plays[which], after_ms);
			parts_start(bed.parts);
			bed_finish();
			assert_true(bed.over_at <= 200 + GRAPH_RELEASE_MS);
			assert_int_equal(plays[which].prepared, 1);
		}
}

/* ---- what a death means ---- */

static void test_one_that_may_be_missing(void **state)
{
	struct play plays[] = {{.name = "a", .death = PART_DEATH_DEGRADES}, {.name = "b"}};
	struct event death, end;

	(void)state;
	bed_make(plays, 2);
	event_at(&death, &plays[0], 50);
	event_at(&end, NULL, 1000);
	parts_start(bed.parts);
	bed_finish();
	assert_string_equal(bed.notes, "a was killed by signal 9; continuing without it\n");
	assert_int_equal(bed.over_at, 1000);
	assert_int_equal(plays[0].prepared, 1);
}

/* Who needs it and was not there yet cannot come. */
static void test_one_that_may_be_missing_but_is_needed(void **state)
{
	struct play plays[] = {{.name = "a", .death = PART_DEATH_DEGRADES},
		{.name = "slow", .prepare_ms = 100}, {.name = "b", .needs = {"a", "slow"}}};
	struct event death;

	(void)state;
	bed_make(plays, 3);
	event_at(&death, &plays[0], 50);
	parts_start(bed.parts);
	bed_finish();
	assert_string_equal(bed.cause, "a was killed by signal 9");
	assert_int_equal(bed.over_at, 50);
}

static void test_one_that_is_started_again(void **state)
{
	struct play plays[] = {{.name = "a", .death = PART_DEATH_RESTARTS, .prepare_ms = 5},
		{.name = "b", .needs = {"a"}}};
	struct event death, end;

	(void)state;
	bed_make(plays, 2);
	event_at(&death, &plays[0], 50);
	event_at(&end, NULL, 1000);
	parts_start(bed.parts);
	bed_finish();
	assert_string_equal(bed.notes, "a was killed by signal 9; restarting it\n");
	assert_string_equal(bed.log, "+a +b UP +a -b -a OVER");
	assert_int_equal(plays[0].ready_at, 50 + PART_RESTART_FIRST_MS + 5);
}

/* Deaths at such distances; the last of them ends all. */
static void deaths(uint64_t apart_ms, size_t count, bool ends)
{
	struct play plays[] = {{.name = "a", .death = PART_DEATH_RESTARTS}};
	struct event events[PART_RESTARTS_MAX + 2];
	struct event end;

	bed_make(plays, 1);
	for (size_t i = 0; i < count; i++)
		event_at(&events[i], &plays[0], apart_ms * (i + 1));
	event_at(&end, NULL, apart_ms * (count + 1));
	parts_start(bed.parts);
	bed_finish();
	assert_string_equal(bed.cause, ends ? "a was killed by signal 9" : "");
	assert_int_equal(plays[0].prepared, ends ? count : count + 1);
}

static void test_one_that_ends_again_and_again(void **state)
{
	(void)state;
	deaths(PART_GOOD_MS - 1, PART_RESTARTS_MAX, false);
	deaths(PART_GOOD_MS - 1, PART_RESTARTS_MAX + 1, true);
	deaths(2 * PART_GOOD_MS, PART_RESTARTS_MAX + 1, false);
}

/* Its failure to come back counts as one more death. */
static void test_one_that_cannot_be_started_again(void **state)
{
	struct play plays[] = {{.name = "a", .death = PART_DEATH_RESTARTS}};
	struct event death;

	(void)state;
	bed_make(plays, 1);
	event_at(&death, &plays[0], 50);
	parts_start(bed.parts);
	plays[0].refuses = true;
	bed_finish();
	assert_string_equal(bed.cause, "a: the disk is full");
	assert_int_equal(plays[0].prepared, 1 + PART_RESTARTS_MAX);
	assert_false(bed.failed);
}

static void test_an_end_while_one_rests(void **state)
{
	struct play plays[] = {{.name = "a", .death = PART_DEATH_RESTARTS}};
	struct event death, end;

	(void)state;
	bed_make(plays, 1);
	event_at(&death, &plays[0], 50);
	event_at(&end, NULL, 60);
	parts_start(bed.parts);
	bed_finish();
	assert_int_equal(plays[0].prepared, 1);
	assert_int_equal(bed.over_at, 60);
}

static void test_a_death_that_was_not_told_is_seen(void **state)
{
	struct play plays[] = {{.name = "a"}, {.name = "b", .prepare_ms = 10}};

	(void)state;
	bed_make(plays, 2);
	parts_start(bed.parts);
	assert_false(parts_live(bed.parts));
	assert_string_equal(parts_waits_for(bed.parts), "b");
	while (parts_state(bed.parts) != PARTS_UP)
		uv_run(&bed.loop, UV_RUN_ONCE);
	assert_true(parts_live(bed.parts));
	assert_null(parts_waits_for(bed.parts));
	plays[0].there = false;
	assert_false(parts_live(bed.parts));
	parts_end(bed.parts);
	bed_finish();
}

/* Of one that others need; seen from them it may die at any moment. */
static void test_one_that_is_started_again_at_every_moment(void **state)
{
	(void)state;
	for (uint64_t after_ms = 0; after_ms <= 120; after_ms++) {
		struct play plays[] = GRAPH;
		struct event death, end;
		plays[0].death = PART_DEATH_RESTARTS;
		bed_make(plays, GRAPH_SIZE);
		event_at(&death, &plays[0], after_ms);
		event_at(&end, NULL, 1000);
		parts_start(bed.parts);
		bed_finish();
		bool was_ready = after_ms > plays[0].prepare_ms;
		assert_int_equal(bed.up, was_ready);
		assert_string_equal(bed.cause, was_ready ? "" : "a was killed by signal 9");
		assert_int_equal(plays[0].prepared, was_ready ? 2 : 1);
	}
}

/* ---- ends that take long ---- */

static void test_one_that_does_not_end_is_forced(void **state)
{
	struct play plays[] = {{.name = "a"}, {.name = "b", .needs = {"a"}, .release_ms = NEVER}};

	(void)state;
	play_all(plays, 2);
	assert_string_equal(bed.log, "+a +b UP -b !b -a OVER");
	assert_string_equal(bed.notes, "b did not end within 500 ms: killing it\n");
	assert_int_equal(bed.over_at, RELEASE_MS + 1);
}

static void test_one_that_cannot_be_forced_is_left_behind(void **state)
{
	struct play plays[] = {
		{.name = "a"}, {.name = "b", .needs = {"a"}, .release_ms = NEVER, .deaf = true}};

	(void)state;
	play_all(plays, 2);
	assert_string_equal(bed.log, "+a +b UP -b !b -a OVER");
	assert_non_null(strstr(bed.notes, "b does not end: leaving it behind\n"));
	assert_int_equal(bed.over_at, RELEASE_MS + PART_FORCE_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_is_needed_comes_first_and_goes_last),
		cmocka_unit_test(test_no_part_at_all),
		cmocka_unit_test(test_twenty_parts_wait_at_the_same_time),
		cmocka_unit_test(test_a_start_takes_its_longest_way),
		cmocka_unit_test(test_parts_that_need_each_other),
		cmocka_unit_test(test_no_more_than_the_list_holds),
		cmocka_unit_test(test_a_part_that_refuses_fails_the_start),
		cmocka_unit_test(test_death_of_each_at_every_moment),
		cmocka_unit_test(test_an_end_at_every_moment),
		cmocka_unit_test(test_death_of_each_in_the_middle_of_an_end),
		cmocka_unit_test(test_one_that_may_be_missing),
		cmocka_unit_test(test_one_that_may_be_missing_but_is_needed),
		cmocka_unit_test(test_one_that_is_started_again),
		cmocka_unit_test(test_one_that_is_started_again_at_every_moment),
		cmocka_unit_test(test_one_that_ends_again_and_again),
		cmocka_unit_test(test_one_that_cannot_be_started_again),
		cmocka_unit_test(test_an_end_while_one_rests),
		cmocka_unit_test(test_a_death_that_was_not_told_is_seen),
		cmocka_unit_test(test_one_that_does_not_end_is_forced),
		cmocka_unit_test(test_one_that_cannot_be_forced_is_left_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
