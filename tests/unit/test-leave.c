/* How often a user has to ask. */
#include <signal.h>
#include <string.h>

#include "host-broker/cli/session/leave.h"
#include "tests/lib/test.h"

static void test_signals(void **state)
{
	static const int ends[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct leave leave = {0};
		assert_int_equal(leave_signal(&leave, ends[i], 1000), LEAVE_STAY);
		assert_int_equal(leave_signal(&leave, SIGUSR1, 1001), LEAVE_STAY);
		assert_int_equal(leave_signal(&leave, ends[(i + 1) % 4], 1002), LEAVE_WARN);
		leave_heard(&leave); /* it may be there, and not end all the same */
		assert_int_equal(leave_signal(&leave, ends[(i + 2) % 4], 1003), LEAVE_NOW);
	}
}

static void test_breaks_are_forgotten_and_ends_are_not(void **state)
{
	struct leave leave = {0};
	uint64_t now = 1;

	(void)state;
	leave_signal(&leave, SIGINT, now);
	now += LEAVE_WITHIN_MS;
	assert_int_equal(leave_signal(&leave, SIGINT, now), LEAVE_WARN);
	now += LEAVE_WITHIN_MS + 1;
	assert_int_equal(leave_signal(&leave, SIGQUIT, now), LEAVE_STAY);
	now += LEAVE_WITHIN_MS + 1;
	assert_int_equal(leave_signal(&leave, SIGTERM, now), LEAVE_STAY);
	now += LEAVE_WITHIN_MS + 1;
	assert_int_equal(leave_signal(&leave, SIGHUP, now), LEAVE_WARN);
	now += 100 * LEAVE_WITHIN_MS;
	assert_int_equal(leave_signal(&leave, SIGTERM, now), LEAVE_NOW);
}

static enum leave_step type(struct leave *leave, const char *text, uint64_t now, int *ret_number)
{
	return leave_typed(leave, (const uint8_t *)text, strlen(text), now, ret_number);
}

static void test_keys(void **state)
{
	struct leave leave = {0};
	int number;

	(void)state;
	assert_int_equal(type(&leave, "\x03", 1000, &number), LEAVE_STAY);
	assert_int_equal(number, SIGINT);
	assert_int_equal(type(&leave, "\x1c", 1300, &number), LEAVE_WARN);
	assert_int_equal(number, SIGQUIT);
	assert_int_equal(type(&leave, "\x03", 1600, &number), LEAVE_NOW);
	assert_int_equal(type(&leave, "x", 1700, &number), LEAVE_STAY);
	assert_int_equal(number, 0);
}

static void test_keys_that_do_not_count(void **state)
{
	struct leave leave = {0};
	uint64_t now = 1000;
	int number;

	(void)state;
	/* Held down. */
	for (int i = 0; i < 100; i++, now += LEAVE_REPEAT_MS - 1)
		assert_int_equal(type(&leave, "\x03\x03", now, &number), LEAVE_STAY);
	/* Too slow. */
	for (int i = 0; i < 10; i++, now += LEAVE_WITHIN_MS + 1)
		assert_int_equal(type(&leave, "\x03", now, &number), LEAVE_STAY);
	/* Between others, as in what is pasted. */
	for (int i = 0; i < 10; i++, now += LEAVE_REPEAT_MS)
		assert_int_equal(type(&leave, "\x03text", now, &number), LEAVE_STAY);
	/* Heeded. */
	for (int i = 0; i < 10; i++, now += LEAVE_REPEAT_MS) {
		assert_int_equal(type(&leave, "\x03", now, &number), LEAVE_STAY);
		leave_heard(&leave);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signals),
		cmocka_unit_test(test_breaks_are_forgotten_and_ends_are_not),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_keys_that_do_not_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
