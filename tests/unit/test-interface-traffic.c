/* A line of /proc/net/dev. */
#include "host-broker/network/interfaces/traffic.h"
#include "tests/lib/test.h"

static void test_line(void **state)
{
	struct host_traffic traffic;

	(void)state;
	assert_true(host_traffic_parse("  tap7: 18446744073709551615    2    3    4    5     6     "
				       "     7         8        9 "
				       "     10   11   12   13    14      15          16\n",
		"tap7", &traffic));
	assert_int_equal(traffic.sent_bytes, UINT64_MAX);
	assert_int_equal(traffic.sent_packets, 2);
	assert_int_equal(traffic.received_bytes, 9);
	assert_int_equal(traffic.received_packets, 10);
}

static void test_others(void **state)
{
	static const char *const lines[] = {
		" tap77: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n",
		"  tap: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n",
		"xtap7: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n",
		"Inter-|   Receive                  |  Transmit\n",
		" face |bytes    packets errs drop |bytes    packets\n",
		"  tap7: 1 2 3 4 5 6 7 8 9\n",
		"  tap7",
		"",
	};
	struct host_traffic traffic;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_false(host_traffic_parse(lines[i], "tap7", &traffic));
}

static void test_interface(void **state)
{
	struct host_traffic traffic;

	(void)state;
	assert_true(host_traffic_read("lo", &traffic));
	assert_false(host_traffic_read("no-such", &traffic));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_interface),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
