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

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_times_add_up)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
