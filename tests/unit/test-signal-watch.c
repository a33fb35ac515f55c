/* Signals by a loop: which come, what they do meanwhile, and what is as before afterwards. */
#include <signal.h>
#include <unistd.h>
#include <uv.h>

#include "proto/io/signal-watch.h"
#include "tests/lib/test.h"

struct fixture {
	uv_loop_t loop;
	struct closer closer;
	struct signal_watch watch;
	int numbers[8];
	unsigned int count;
};

static void on_signal(void *data, int number)
{
	struct fixture *fixture = data;

	assert_true(fixture->count < 8);
	fixture->numbers[fixture->count++] = number;
}

static void on_closed(void *data)
{
	(void)data;
}

static void setup(struct fixture *fixture)
{
	sigset_t numbers;

	*fixture = (struct fixture){.watch = {.fd = -1}};
	assert_int_equal(uv_loop_init(&fixture->loop), 0);
	closer_init(&fixture->closer, on_closed, NULL);
	sigemptyset(&numbers);
	sigaddset(&numbers, SIGINT);
	sigaddset(&numbers, SIGTERM);
	sigaddset(&numbers, SIGWINCH);
	assert_int_equal(signal_watch_start(&fixture->watch, &fixture->loop, &numbers,
				 &fixture->closer, on_signal, fixture),
		0);
}

static void turns(struct fixture *fixture)
{
	for (int i = 0; i < 8; i++)
		uv_run(&fixture->loop, UV_RUN_NOWAIT);
}

static void teardown(struct fixture *fixture)
{
	signal_watch_finish(&fixture->watch);
	closer_finish(&fixture->closer);
	uv_run(&fixture->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&fixture->loop), 0);
}

static bool is_blocked(int number)
{
	sigset_t mask;

	sigprocmask(SIG_SETMASK, NULL, &mask);
	return sigismember(&mask, number);
}

static void test_each_comes_once(void **state)
{
	struct fixture fixture;

	(void)state;
	setup(&fixture);
	kill(getpid(), SIGTERM);
	kill(getpid(), SIGTERM);
	raise(SIGWINCH); /* by default nobody hears it */
	turns(&fixture);
	assert_int_equal(fixture.count, 2);
	assert_int_equal(fixture.numbers[0] + fixture.numbers[1], SIGTERM + SIGWINCH);
	kill(getpid(), SIGTERM);
	turns(&fixture);
	assert_int_equal(fixture.count, 3);
	teardown(&fixture);
}

static void test_an_ignored_one_comes_and_stays_ignored(void **state)
{
	struct sigaction action;
	struct fixture fixture;

	(void)state;
	signal(SIGINT, SIG_IGN);
	setup(&fixture);
	kill(getpid(), SIGINT);
	turns(&fixture);
	assert_int_equal(fixture.count, 1);
	assert_int_equal(fixture.numbers[0], SIGINT);
	teardown(&fixture);
	sigaction(SIGINT, NULL, &action);
	assert_ptr_equal(action.sa_handler, SIG_IGN);
	signal(SIGINT, SIG_DFL);
}

/* Were it let through, it would end this test. */
static void test_finish_drops_what_was_not_told(void **state)
{
	struct fixture fixture;

	(void)state;
	setup(&fixture);
	assert_true(is_blocked(SIGTERM));
	kill(getpid(), SIGTERM);
	kill(getpid(), SIGINT);
	teardown(&fixture);
	assert_int_equal(fixture.count, 0);
	assert_false(is_blocked(SIGTERM));
	signal_watch_finish(&fixture.watch);
}

static void test_mask_is_as_before(void **state)
{
	struct fixture fixture;
	sigset_t term;

	(void)state;
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	setup(&fixture);
	teardown(&fixture);
	assert_true(is_blocked(SIGTERM));
	assert_false(is_blocked(SIGINT));
	sigprocmask(SIG_UNBLOCK, &term, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_comes_once),
		cmocka_unit_test(test_an_ignored_one_comes_and_stays_ignored),
		cmocka_unit_test(test_finish_drops_what_was_not_told),
		cmocka_unit_test(test_mask_is_as_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
