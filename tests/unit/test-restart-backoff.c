/* When a VM that failed may be started again. */
#include "host-broker/vm/restart-backoff.h"
#include "tests/lib/test.h"

#define NOW UINT64_C(1764023057123)

static void test_the_first_failures_cost_nothing(void **state)
{
	struct restart_backoff backoff = {0};

	(void)state;
	for (int i = 1; i < BACKOFF_FREE; i++) {
		restart_backoff_failed(&backoff, NOW, 100);
		assert_int_equal(backoff.failures, i);
		assert_int_equal(restart_backoff_wait_ms(&backoff, NOW), 0);
	}
	restart_backoff_failed(&backoff, NOW, 100);
	assert_int_equal(restart_backoff_wait_ms(&backoff, NOW), BACKOFF_FIRST_MS);
	assert_int_equal(restart_backoff_wait_ms(&backoff, NOW + BACKOFF_FIRST_MS - 1), 1);
	assert_int_equal(restart_backoff_wait_ms(&backoff, NOW + BACKOFF_FIRST_MS), 0);
}

static void test_each_further_one_costs_twice_up_to_a_bound(void **state)
{
	struct restart_backoff backoff = {0};
	uint64_t before = 0;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		restart_backoff_failed(&backoff, NOW, 100);
		uint64_t wait_ms = restart_backoff_wait_ms(&backoff, NOW);
		if (before > 0)
			assert_int_equal(wait_ms,
				2 * before < BACKOFF_MOST_MS ? 2 * before : BACKOFF_MOST_MS);
		before = wait_ms;
	}
	assert_int_equal(before, BACKOFF_MOST_MS);
}

static void test_a_good_run_begins_anew(void **state)
{
	struct restart_backoff backoff = {0};

	(void)state;
	for (int i = 0; i < 10; i++)
		restart_backoff_failed(&backoff, NOW, BACKOFF_GOOD_RUN_MS - 1);
	assert_int_equal(backoff.failures, 10);
	restart_backoff_failed(&backoff, NOW, BACKOFF_GOOD_RUN_MS);
	assert_int_equal(backoff.failures, 1);
	assert_int_equal(restart_backoff_wait_ms(&backoff, NOW), 0);
	restart_backoff_failed(&backoff, NOW, 0);
	restart_backoff_clear(&backoff);
	assert_int_equal(backoff.failures, 0);
}

static void test_a_reboot_is_no_failure(void **state)
{
	struct restart_backoff backoff = {0};

	(void)state;
	for (int i = 0; i < 100; i++)
		assert_true(restart_backoff_rebooted(&backoff, NOW, REBOOT_SOON_MS));
	for (int i = 2; i < REBOOTS_FREE; i++)
		assert_true(restart_backoff_rebooted(&backoff, NOW, REBOOT_SOON_MS - 1));
	assert_int_equal(backoff.failures, 0);
	assert_int_equal(restart_backoff_wait_ms(&backoff, NOW), 0);
}

static void test_unless_it_does_nothing_else(void **state)
{
	struct restart_backoff backoff = {0};

	(void)state;
	for (int i = 1; i < REBOOTS_FREE; i++)
		assert_true(restart_backoff_rebooted(&backoff, NOW, 100));
	assert_false(restart_backoff_rebooted(&backoff, NOW, 100));
	uint64_t wait_ms = restart_backoff_wait_ms(&backoff, NOW);
	assert_true(wait_ms > 0);
	assert_false(restart_backoff_rebooted(&backoff, NOW, 100));
	assert_int_equal(restart_backoff_wait_ms(&backoff, NOW), 2 * wait_ms);
	assert_true(restart_backoff_rebooted(&backoff, NOW, REBOOT_SOON_MS));
	/* A failure between them is another matter. */
	restart_backoff_clear(&backoff);
	for (int i = 1; i < REBOOTS_FREE; i++)
		assert_true(restart_backoff_rebooted(&backoff, NOW, 100));
	restart_backoff_failed(&backoff, NOW, 100);
	assert_true(restart_backoff_rebooted(&backoff, NOW, 100));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_the_first_failures_cost_nothing),
		cmocka_unit_test(test_each_further_one_costs_twice_up_to_a_bound),
		cmocka_unit_test(test_a_good_run_begins_anew),
		cmocka_unit_test(test_a_reboot_is_no_failure),
		cmocka_unit_test(test_unless_it_does_nothing_else)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
