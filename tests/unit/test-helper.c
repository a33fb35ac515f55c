/* Parts that are processes: real ones, which obey, do not, and are found again. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host-broker/parts/helper.h"
#include "tests/lib/test.h"

#define DEADLINE_MS 30000 /* of a test that does not end by itself */
#define RELEASE_MS 20000  /* for what ends when it is asked to */
#define RELEASE_SHORT_MS 300

struct bed {
	uv_loop_t loop;
	uv_timer_t deadline, timer;
	struct parts *parts;
	struct helper helper;
	const char *script; /* what it runs */
	struct process_id recorded;
	int record_code;
	pid_t killed;
	char mark[64]; /* a file that the script makes when it has set its traps */
	void (*when_up)(struct bed *bed);
	bool up, over, failed;
	uint64_t up_at, over_at;
	char cause[PART_TEXT_SIZE];
	char notes[1024];
};

static const struct part_kind kind = {
	.name = "helper", .death = PART_DEATH_STOPS, .release_ms = RELEASE_MS, HELPER_FUNCTIONS};

static const struct part_kind impatient_kind = {.name = "impatient",
	.death = PART_DEATH_STOPS,
	.release_ms = RELEASE_SHORT_MS,
	HELPER_FUNCTIONS};

static const struct part_kind lasting_kind = {.name = "lasting",
	.death = PART_DEATH_RESTARTS,
	.release_ms = RELEASE_MS,
	HELPER_FUNCTIONS};

static bool is_gone(struct process_id id)
{
	uint64_t start_time;

	return process_start_time(id.pid, &start_time) < 0 || start_time != id.start_time;
}

static int on_start(struct helper *helper, struct error *error)
{
	const struct bed *bed = helper->data;
	const char *const argv[] = {"sh", "-c", bed->script, NULL};

	return helper_run(helper, &(const struct child_options){.argv = argv}, error);
}

/* It is there, and has not run yet. */
static int on_record(void *data, struct error *error)
{
	struct bed *bed = data;
	struct part_record records[PARTS_MAX];

	assert_int_equal(parts_record(bed->parts, records), 1);
	assert_string_equal(records[0].key, "key");
	bed->recorded = records[0].process;
	assert_false(is_gone(bed->recorded));
	return bed->record_code < 0 ? error_set(error, bed->record_code, "cannot write") : 0;
}

static void on_up(void *data)
{
	struct bed *bed = data;

	bed->up = true;
	bed->up_at = uv_now(&bed->loop);
	if (bed->when_up)
		bed->when_up(bed);
}

static void on_over(void *data, const struct parts_cause *cause)
{
	struct bed *bed = data;

	bed->over = true;
	bed->over_at = uv_now(&bed->loop);
	bed->failed = cause->failed;
	snprintf(bed->cause, sizeof(bed->cause), "%s", cause->text);
	parts_destroy(bed->parts);
	uv_close((uv_handle_t *)&bed->deadline, NULL);
	uv_close((uv_handle_t *)&bed->timer, NULL);
}

static void on_note(void *data, const char *text)
{
	struct bed *bed = data;
	size_t length = strlen(bed->notes);

	snprintf(bed->notes + length, sizeof(bed->notes) - length, "%s\n", text);
}

static const struct parts_callbacks callbacks = {
	.on_up = on_up, .on_over = on_over, .on_note = on_note, .on_record = on_record};

static void on_deadline(uv_timer_t *timer)
{
	(void)timer;
	fail_msg("it does not end");
}

static void bed_make(struct bed *bed, const struct part_kind *part_kind, const char *script)
{
	assert_int_equal(uv_loop_init(&bed->loop), 0);
	uv_timer_init(&bed->loop, &bed->timer);
	uv_timer_init(&bed->loop, &bed->deadline);
	uv_timer_start(&bed->deadline, on_deadline, DEADLINE_MS, 0);
	bed->timer.data = bed;
	bed->script = script;
	bed->helper = (struct helper){.loop = &bed->loop, .start = on_start, .data = bed};
	assert_int_equal(parts_create(&bed->loop, &callbacks, bed, &bed->parts), 0);
	assert_non_null(parts_add(bed->parts, part_kind, "key", "the helper", &bed->helper));
}

static void bed_run(struct bed *bed)
{
	uv_run(&bed->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&bed->loop), 0);
	assert_true(bed->over);
	assert_true(is_gone(bed->recorded));
}

static void play(struct bed *bed, const char *script)
{
	bed_make(bed, &kind, script);
	parts_start(bed->parts);
	bed_run(bed);
}

static void end_now(struct bed *bed)
{
	parts_end(bed->parts);
}

static void on_look(uv_timer_t *timer)
{
	struct bed *bed = timer->data;

	if ((*bed->mark && access(bed->mark, F_OK) < 0) || bed->recorded.pid == bed->killed)
		return;
	uv_timer_stop(timer);
	end_now(bed);
}

/* Once the script has made its mark, and another runs than the one that was killed. */
static void end_later(struct bed *bed)
{
	uv_timer_start(&bed->timer, on_look, 20, 20);
}

/* what: to be done before the script makes its mark and goes on without an end. */
static void script_marking(struct bed *bed, char *script, size_t size, const char *what)
{
	snprintf(bed->mark, sizeof(bed->mark), "/tmp/vmsilo-helper-mark-%d", getpid());
	snprintf(script, size, "%s; : >%s; while :; do sleep 0.05; done", what, bed->mark);
}

/* ---- ends ---- */

static void test_it_is_asked_to_end(void **state)
{
	struct bed bed = {.when_up = end_now};

	(void)state;
	play(&bed, "exec sleep 60");
	assert_string_equal(bed.cause, "");
	assert_string_equal(bed.notes, "");
	assert_true(WIFSIGNALED(bed.helper.status));
	assert_int_equal(WTERMSIG(bed.helper.status), SIGTERM);
}

static void test_one_that_does_not_hear_is_killed(void **state)
{
	struct bed bed = {.when_up = end_later};
	char script[160];

	(void)state;
	script_marking(&bed, script, sizeof(script), "trap '' TERM");
	bed_make(&bed, &impatient_kind, script);
	parts_start(bed.parts);
	bed_run(&bed);
	assert_string_equal(bed.notes, "the helper did not end within 300 ms: killing it\n");
	assert_int_equal(WTERMSIG(bed.helper.status), SIGKILL);
	assert_true(bed.over_at - bed.up_at >= RELEASE_SHORT_MS);
	unlink(bed.mark);
}

/* In pieces, among other things, and it says more later. */
static void test_one_that_says_when_it_is_ready(void **state)
{
	struct bed bed = {.when_up = end_now};
	const uint64_t began_ms = uv_hrtime() / 1000000;

	(void)state;
	bed_make(&bed, &kind,
		"printf 'it wai' >&2; sleep 0.3; printf 'ts now\\n' >&2; exec sleep 60");
	bed.helper.ready_words = "it waits";
	parts_start(bed.parts);
	assert_string_equal(parts_waits_for(bed.parts), "the helper");
	bed_run(&bed);
	assert_true(bed.up);
	assert_true(uv_hrtime() / 1000000 - began_ms >= 300);
	assert_string_equal(bed.cause, "");
}

static void test_one_that_never_says_it(void **state)
{
	struct bed bed = {0};

	(void)state;
	bed_make(&bed, &kind, "echo 'it is late' >&2; exit 0");
	bed.helper.ready_words = "it waits";
	parts_start(bed.parts);
	bed_run(&bed);
	assert_false(bed.up);
	assert_true(bed.failed);
	assert_string_equal(bed.cause, "the helper exited with status 0");
	assert_string_equal(bed.helper.last_words, "it is late\n");
}

static void test_how_it_ended_is_told(void **state)
{
	struct bed one = {0}, other = {0};

	(void)state;
	play(&one, "echo 'no space left' >&2; exit 3");
	assert_string_equal(one.cause, "the helper exited with status 3");
	assert_string_equal(one.helper.last_words, "no space left\n");
	assert_false(one.failed);
	play(&other, "kill -KILL $$");
	assert_string_equal(other.cause, "the helper was killed by signal 9");
}

static void test_one_that_cannot_be_recorded_does_not_run(void **state)
{
	struct bed bed = {.record_code = UV_ENOSPC};
	char path[64], script[128];

	(void)state;
	snprintf(path, sizeof(path), "/tmp/vmsilo-helper-%d", getpid());
	snprintf(script, sizeof(script), "touch %s", path);
	play(&bed, script);
	assert_string_equal(bed.cause, "the helper: cannot write");
	assert_true(bed.failed);
	assert_int_equal(access(path, F_OK), -1);
}

static void kill_it(struct bed *bed)
{
	bed->killed = bed->recorded.pid;
	kill(bed->killed, SIGKILL);
	end_later(bed);
}

static void test_one_that_is_started_again(void **state)
{
	struct bed bed = {.when_up = kill_it};

	(void)state;
	bed_make(&bed, &lasting_kind, "exec sleep 60");
	parts_start(bed.parts);
	struct process_id first = bed.recorded;
	bed_run(&bed);
	assert_string_equal(bed.notes, "the helper was killed by signal 9; restarting it\n");
	assert_int_not_equal(bed.recorded.pid, first.pid);
	assert_true(is_gone(first));
	assert_int_equal(WTERMSIG(bed.helper.status), SIGTERM);
}

/* ---- one that makes something, and is done ---- */

static const struct part_kind passing_kind = {.name = "passing",
	.death = PART_DEATH_STOPS,
	.passes = true,
	.release_ms = RELEASE_MS,
	HELPER_FUNCTIONS};

static void play_passing(struct bed *bed, const char *script)
{
	bed_make(bed, &passing_kind, script);
	parts_start(bed->parts);
	assert_string_equal(parts_waits_for(bed->parts), "the helper");
	bed_run(bed);
}

static void test_one_that_is_done(void **state)
{
	struct bed done = {.when_up = end_now}, failed = {0};

	(void)state;
	play_passing(&done, "sleep 0.2");
	assert_true(done.up);
	assert_true(is_gone(done.recorded));
	play_passing(&failed, "sleep 0.2; exit 1");
	assert_false(failed.up);
	assert_string_equal(failed.cause, "the helper exited with status 1");
	assert_true(failed.failed);
}

/* To end well when it is asked to is not to be done. */
static void test_one_that_ends_well_before_it_is_done(void **state)
{
	struct bed bed = {0};
	char script[160];

	(void)state;
	script_marking(&bed, script, sizeof(script), "trap 'exit 0' TERM");
	bed_make(&bed, &passing_kind, script);
	end_later(&bed);
	parts_start(bed.parts);
	bed_run(&bed);
	unlink(bed.mark);
	assert_false(bed.up);
	assert_int_equal(bed.helper.status, 0);
	assert_string_equal(bed.notes, "");
}

/* ---- a later broker ---- */

/* One that was left running. */
static struct process_id leave(const char *script)
{
	struct bed bed = {0};

	bed_make(&bed, &kind, script);
	parts_start(bed.parts);
	parts_destroy(bed.parts);
	uv_close((uv_handle_t *)&bed.deadline, NULL);
	uv_close((uv_handle_t *)&bed.timer, NULL);
	uv_run(&bed.loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&bed.loop), 0);
	assert_false(is_gone(bed.recorded));
	return bed.recorded;
}

static void reap(struct process_id id)
{
	waitpid(id.pid, NULL, 0);
}

static void adopt(struct bed *bed, const char *key, struct process_id id)
{
	struct part_record record = {.process = id};

	snprintf(record.key, sizeof(record.key), "%s", key);
	bed_make(bed, &kind, "exit 1");
	bed->recorded = id;
	parts_adopt(bed->parts, &record, 1, &helper_stray);
}

static void end_and_reap(struct bed *bed)
{
	parts_end(bed->parts);
	reap(bed->recorded);
}

static void test_it_is_found_again(void **state)
{
	struct bed bed = {.when_up = end_and_reap};

	(void)state;
	adopt(&bed, "key", leave("exec sleep 60"));
	bed_run(&bed);
	assert_true(bed.up);
	assert_string_equal(bed.cause, "");
	assert_int_equal(bed.helper.status, -1);
}

static void test_its_number_is_another_process_by_now(void **state)
{
	struct bed bed = {0};
	struct process_id id = leave("exec sleep 60");
	struct process_id other = {.pid = id.pid, .start_time = id.start_time - 1};

	(void)state;
	adopt(&bed, "key", other);
	bed_run(&bed);
	assert_false(bed.up);
	assert_string_equal(bed.cause, "the helper: it is no longer running");
	assert_false(is_gone(id));
	kill(id.pid, SIGKILL);
	reap(id);
}

/* The part that is wanted is not there, so that nothing of the rest may stay. */
static void test_a_process_that_nobody_knows_is_ended(void **state)
{
	struct bed bed = {0};
	struct process_id id = leave("exec sleep 60");

	(void)state;
	adopt(&bed, "something_later", id);
	reap(id);
	bed_run(&bed);
	assert_string_equal(bed.cause, "the helper: no record of it was found");
	assert_true(is_gone(id));
}

static void test_one_that_was_not_done(void **state)
{
	struct bed bed = {0};
	struct part_record record = {.key = "key", .process = leave("exec sleep 60")};

	(void)state;
	bed_make(&bed, &passing_kind, "exit 1");
	bed.recorded = record.process;
	parts_adopt(bed.parts, &record, 1, &helper_stray);
	reap(record.process);
	bed_run(&bed);
	assert_string_equal(bed.cause, "the helper: it was not done yet");
}

static void test_one_that_was_done(void **state)
{
	struct bed bed = {.when_up = end_now};

	(void)state;
	bed_make(&bed, &passing_kind, "exit 1");
	parts_adopt(bed.parts, NULL, 0, &helper_stray);
	bed_run(&bed);
	assert_true(bed.up);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_it_is_asked_to_end),
		cmocka_unit_test(test_one_that_does_not_hear_is_killed),
		cmocka_unit_test(test_one_that_says_when_it_is_ready),
		cmocka_unit_test(test_one_that_never_says_it),
		cmocka_unit_test(test_how_it_ended_is_told),
		cmocka_unit_test(test_one_that_cannot_be_recorded_does_not_run),
		cmocka_unit_test(test_one_that_is_started_again),
		cmocka_unit_test(test_one_that_is_done),
		cmocka_unit_test(test_one_that_ends_well_before_it_is_done),
		cmocka_unit_test(test_it_is_found_again),
		cmocka_unit_test(test_its_number_is_another_process_by_now),
		cmocka_unit_test(test_a_process_that_nobody_knows_is_ended),
		cmocka_unit_test(test_one_that_was_not_done),
		cmocka_unit_test(test_one_that_was_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
