/* The times of an orderly stop. */
#include "host-broker/vm/stop-ladder.h"
#include "tests/lib/test.h"

static void test_times_add_up(void **state)
{
	static const uint32_t totals[] = {0, 1, 2, 3, 999, 20000, UINT32_MAX};

	(void)state;
	for (size_t i = 0; i < sizeof(totals) / sizeof(totals[0]); i++) {
		struct stop_times times = stop_ladder_times(totals[i]);
		assert_int_equal(times.agent_ms + times.button_ms, totals[i]);
		/* The agent kills what is left before its own time is over. */
		assert_true(times.grace_ms <= times.agent_ms);
		assert_true(times.button_ms >= times.agent_ms);
	}
}

/* One at rest, in emulation, has about a hundredth of a processor. */
static void test_work(void **state)
{
	(void)state;
	assert_false(stop_is_work(0, 10000));
	assert_false(stop_is_work(100, 10000));
	assert_false(stop_is_work(499, 10000));
	assert_true(stop_is_work(500, 10000));
	assert_true(stop_is_work(64 * 10000, 10000));
	assert_false(stop_is_work(1, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times_add_up), cmocka_unit_test(test_work)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
