/* What one who floods gets, and what is told of him. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/system/log-budget.h"
#include "host-broker/system/pace.h"
#include "proto/base/allowance.h"
#include "proto/base/log.h"
#include "proto/io/closer.h"
#include "tests/lib/test.h"

static const struct allowance_limits limits = {
	.per_second = 10, .burst = 20, .bytes_per_second = 100, .bytes_burst = 1000};

static void test_take(void **state)
{
	struct allowance allowance;
	uint64_t left_out = 0;

	(void)state;
	allowance_init(&allowance, &limits, 0);
	for (int i = 0; i < 20; i++)
		assert_int_equal(allowance_take(&allowance, 1, 0), ALLOWANCE_TAKEN);
	assert_false(allowance_calms(&allowance, 0, &left_out));
	assert_int_equal(allowance_take(&allowance, 1, 0), ALLOWANCE_EXCEEDED);
	assert_int_equal(allowance_take(&allowance, 1, 99), ALLOWANCE_LEFT_OUT);
	/* So much a second goes on, and the flood is told of once. */
	assert_int_equal(allowance_take(&allowance, 1, 100), ALLOWANCE_TAKEN);
	assert_int_equal(allowance_take(&allowance, 1, 100), ALLOWANCE_LEFT_OUT);
	assert_false(allowance_calms(&allowance, 1099, &left_out));
	assert_true(allowance_calms(&allowance, 1100, &left_out));
	assert_int_equal(left_out, 3);
	assert_false(allowance_calms(&allowance, 1100, &left_out));
}

static void test_bytes(void **state)
{
	struct allowance allowance;

	(void)state;
	allowance_init(&allowance, &limits, 0);
	assert_int_equal(allowance_take(&allowance, 999, 0), ALLOWANCE_TAKEN);
	assert_int_equal(allowance_take(&allowance, 2, 0), ALLOWANCE_EXCEEDED);
	/* What is larger than all there can be counts as that. */
	assert_int_equal(allowance_take(&allowance, 5000, 9980), ALLOWANCE_LEFT_OUT);
	assert_int_equal(allowance_take(&allowance, 5000, 9990), ALLOWANCE_TAKEN);
	assert_int_equal(allowance_take(&allowance, 1, 9990), ALLOWANCE_LEFT_OUT);
}

static void test_strict(void **state)
{
	struct allowance_limits strict = limits;
	struct allowance allowance;
	uint64_t left_out = 0, now_ms = 0;

	(void)state;
	strict.strict = true;
	allowance_init(&allowance, &strict, 0);
	for (int i = 0; i < 20; i++)
		assert_int_equal(allowance_take(&allowance, 1, 0), ALLOWANCE_TAKEN);
	assert_int_equal(allowance_take(&allowance, 1, 0), ALLOWANCE_EXCEEDED);
	/* Twice as fast as allowed, for an hour: nothing more passes, and nothing is told. */
	for (; now_ms < 3600 * 1000; now_ms += 50) {
		assert_int_equal(allowance_take(&allowance, 1, now_ms), ALLOWANCE_LEFT_OUT);
		assert_false(allowance_calms(&allowance, now_ms, &left_out));
	}
	assert_true(allowance_calms(&allowance, now_ms + 1000, &left_out));
	assert_int_equal(left_out, 1 + 3600 * 20);
	assert_int_equal(allowance_take(&allowance, 1, now_ms + 1000), ALLOWANCE_TAKEN);
}

static void test_owe(void **state)
{
	struct allowance allowance;
	uint64_t left_out;
	bool begins;

	(void)state;
	allowance_init(&allowance, &limits, 0);
	assert_int_equal(allowance_owe(&allowance, 20, 0, 0, &begins), 0);
	assert_false(begins);
	/* Who comes later waits for those before. */
	assert_int_equal(allowance_owe(&allowance, 1, 0, 0, &begins), 100);
	assert_true(begins);
	assert_int_equal(allowance_owe(&allowance, 1, 0, 0, &begins), 200);
	assert_false(begins);
	assert_int_equal(allowance_owe(&allowance, 1, 0, 200, &begins), 100);
	assert_int_equal(allowance_owe(&allowance, 1, 1100, 200, &begins), 1000);
	assert_false(allowance_calms(&allowance, 1300, &left_out));
	assert_true(allowance_calms(&allowance, 6200, &left_out));
}

/* ---- the log ---- */

static unsigned int lines, told, calm;

static void sink(enum log_level level, const char *vm, const char *text)
{
	(void)level;
	(void)vm;
	lines++;
	told += strstr(text, "floods the log") != NULL;
	calm += strstr(text, "no longer floods the log: 480 lines") != NULL;
}

static void on_end(uv_timer_t *timer)
{
	uv_close((uv_handle_t *)timer, NULL);
	log_budget_destroy(timer->data);
}

static void test_log(void **state)
{
	struct log_budget *budget;
	uv_loop_t loop;
	uv_timer_t timer;

	(void)state;
	uv_loop_init(&loop);
	assert_int_equal(log_budget_create(&loop, &budget), 0);
	log_set_sink(sink);
	for (int i = 0; i < 500; i++)
		log_guest_warning("work", "the guest says %d", i);
	assert_int_equal(lines, LOG_BUDGET_BURST + 1);
	assert_int_equal(told, 1);
	/* Neither another guest, a user, nor what is our own suffers from it. */
	lines = 0;
	log_guest_warning("banking", "a word");
	log_user_warning(1000, "work", "a word");
	log_warning("work", "a word");
	assert_int_equal(lines, 3);
	/* Nor is there another bound for one with many names. */
	for (uid_t uid = 0; uid < 10000; uid++)
		log_user_warning(100000 + uid, NULL, "a word");
	assert_in_range(lines, 3, 3 + LOG_BUDGET_SOURCES_MAX + LOG_BUDGET_BURST + 10);
	uv_timer_init(&loop, &timer);
	timer.data = budget;
	uv_timer_start(&timer, on_end, (LOG_BUDGET_BURST / 2 / LOG_BUDGET_RATE + 2) * 1000, 0);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(calm, 1);
	lines = 0;
	log_guest_warning("work", "after the budget's end");
	assert_int_equal(lines, 1);
	log_set_sink(NULL);
	uv_loop_close(&loop);
}

/* ---- the pace ---- */

struct runner {
	struct pace pace;
	struct closer closer;
	unsigned int holds, resumes;
	uint64_t resumed_ms;
};

static void on_hold(void *data, bool hold)
{
	struct runner *runner = data;

	runner->holds += hold;
	runner->resumes += !hold;
	if (!hold)
		runner->resumed_ms = uv_now(runner->pace.timer.loop);
}

static void on_closed(void *data)
{
	(void)data;
}

/* Who owes is held once, until all of it is paid, and goes on by itself. */
static void test_pace(void **state)
{
	struct runner runner = {0};
	uv_loop_t loop;

	(void)state;
	uv_loop_init(&loop);
	closer_init(&runner.closer, on_closed, NULL);
	pace_init(&runner.pace, &loop,
		&(const struct pace_options){.limits = &limits,
			.on_hold = on_hold,
			.data = &runner,
			.vm = "work",
			.what = "its agent"},
		&runner.closer);
	uint64_t start_ms = uv_now(&loop);
	lines = 0;
	log_set_sink(sink);
	pace_spend(&runner.pace, 20, 0);
	assert_false(pace_holds(&runner.pace));
	pace_spend(&runner.pace, 1, 0);
	pace_spend(&runner.pace, 2, 0);
	assert_true(pace_holds(&runner.pace));
	assert_int_equal(runner.holds, 1);
	assert_int_equal(lines, 1);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(runner.resumes, 1);
	assert_true(runner.resumed_ms - start_ms >= 300);
	/* The loop ran until it was calm, which was told. */
	assert_int_equal(lines, 2);
	assert_false(runner.pace.allowance.floods);
	log_set_sink(NULL);
	pace_close(&runner.pace);
	closer_finish(&runner.closer);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
}

static off_t size_of(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 ? status.st_size : -1;
}

static void test_file(void **state)
{
	char folder[] = "/tmp/vmsilo-allowance-XXXXXX", path[64], before[80];

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/broker.log", folder);
	snprintf(before, sizeof(before), "%s.1", path);
	int kept = dup(STDERR_FILENO);
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	dup2(fd, STDERR_FILENO);
	close(fd);
	/* Another's file is left alone. */
	log_set_file("/dev/null", 100);
	for (int i = 0; i < 100; i++)
		log_warning(NULL, "line %d", i);
	assert_true(size_of(path) > 2000);
	log_set_file(path, 4000);
	for (int i = 0; i < 1000; i++) {
		log_warning(NULL, "line %d", i);
		assert_in_range(size_of(path), 1, 4000);
	}
	assert_in_range(size_of(before), 3900, 4000);
	log_set_file("/nowhere", 0);
	dup2(kept, STDERR_FILENO);
	close(kept);
	unlink(path);
	unlink(before);
	rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_take),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_strict),
		cmocka_unit_test(test_owe),
		cmocka_unit_test(test_log),
		cmocka_unit_test(test_pace),
		cmocka_unit_test(test_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
